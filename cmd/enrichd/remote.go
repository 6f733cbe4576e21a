package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/enrichd/enrichd/client"
)

// remoteFlags says which server a command speaks to.
type remoteFlags struct {
	URL    string `env:"ENRICHD_URL" help:"Address of the server. Default: the one that enrichd dev left in the data folder."`
	APIKey string `env:"ENRICHD_API_KEY" help:"API key. Better in the environment than on the command line, where others can read it."`
	Data   string `env:"ENRICHD_DATA" default:".enrichd" help:"Data folder of enrichd dev."`
}

// session is what enrichd dev leaves for the commands beside it.
type session struct {
	URL         string `json:"url"`
	APIKey      string `json:"api_key"`
	WorkspaceID string `json:"workspace_id"`
	DatabaseURL string `json:"database_url"`
	PID         int    `json:"pid"`
}

func sessionFile(data string) string { return filepath.Join(data, "session.json") }

// client makes the client of a command.
func (f remoteFlags) client() (*client.Client, error) {
	if f.URL == "" || f.APIKey == "" {
		var s session
		raw, err := os.ReadFile(sessionFile(f.Data))
		if err != nil || json.Unmarshal(raw, &s) != nil {
			return nil, &exitCode{exitUsage, errors.New("no server is known here: start one with enrichd dev, or set ENRICHD_URL and ENRICHD_API_KEY")}
		}
		if f.URL == "" {
			f.URL = s.URL
		}
		if f.APIKey == "" {
			f.APIKey = s.APIKey
		}
	}
	return &client.Client{BaseURL: f.URL, Key: f.APIKey, HTTP: &http.Client{Timeout: time.Minute}}, nil
}
