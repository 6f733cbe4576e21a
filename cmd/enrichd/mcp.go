package main

import (
	"errors"

	"github.com/enrichd/enrichd/mcp"
)

// mcpCmd gives agents the tools of the hub.
type mcpCmd struct {
	Serve mcpServeCmd `cmd:"" help:"Speak the Model Context Protocol over this process's streams, to a running server."`
}

type mcpServeCmd struct {
	remoteFlags
	Stdio  bool  `help:"Over stdin and stdout: for an agent that starts its tools itself. A server offers the same at /v1/mcp."`
	Budget int64 `env:"ENRICHD_MCP_BUDGET" default:"1000000" help:"The most that one start may cost, in millionths; 0 for no cap."`
}

// Run speaks until the agent hangs up.
func (c mcpServeCmd) Run(ctx runContext, _ *streams) error {
	if !c.Stdio {
		return &exitCode{exitUsage, errors.New("say --stdio; over HTTP the hub is part of enrichd serve, at /v1/mcp")}
	}
	to, err := c.client()
	if err != nil {
		return err
	}
	return mcp.Stdio(ctx, to, c.Budget)
}
