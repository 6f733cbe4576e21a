package local

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// postmaster is what the server's pid file says.
type postmaster struct {
	pid, port int
	socket    string
	ready     bool
}

// readPostmaster reads postmaster.pid: line 1 the pid, 4 the port, 5 the folder
// of the socket, 8 the status. The server writes it line by line as it comes up.
func readPostmaster(data string) postmaster {
	raw, _ := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	lines := append(strings.Split(string(raw), "\n"), make([]string, 8)...)
	pid, _ := strconv.Atoi(strings.TrimSpace(lines[0]))
	port, _ := strconv.Atoi(strings.TrimSpace(lines[3]))
	return postmaster{pid: pid, port: port, socket: lines[4], ready: strings.TrimSpace(lines[7]) == "ready"}
}

// share uses a server that already runs on the folder. One that comes up or goes
// down is waited for.
func (s *Server) share(ctx context.Context) (bool, error) {
	var state postmaster
	err := poll(ctx, func() (bool, error) {
		state = readPostmaster(s.data())
		s.reused = runsOn(state.pid, s.data()) && state.ready && answers(s.address(state.port))
		return s.reused || !runsOn(state.pid, s.data()), nil
	})
	if err != nil {
		return false, fmt.Errorf("process %d has the data in %s and does not get ready: %w", state.pid, s.dir, err)
	}
	if !s.reused {
		return false, nil
	}
	password, err := os.ReadFile(s.passwordFile())
	if err != nil {
		return false, fmt.Errorf("share the running PostgreSQL: %w", err)
	}
	s.port, s.socket, s.password = state.port, state.socket, string(password)
	s.proc = adopt(state.pid, s.data())
	return true, nil
}

// dropStalePid removes what a crash left behind. The server does so itself,
// except where its old number now belongs to another process of the same user.
func (s *Server) dropStalePid() {
	if state := readPostmaster(s.data()); state.pid != 0 && !runsOn(state.pid, s.data()) {
		_ = os.Remove(filepath.Join(s.data(), "postmaster.pid"))
	}
}

// answers reports whether the server takes sessions: it asks a caller for the
// password, where one that comes up or goes down sends an error.
func answers(addr string) bool {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	const protocol = 3 << 16
	words := "user\x00" + User + "\x00database\x00" + Database + "\x00\x00"
	hello := binary.BigEndian.AppendUint32(nil, uint32(8+len(words)))
	hello = append(binary.BigEndian.AppendUint32(hello, protocol), words...)
	if _, err := conn.Write(hello); err != nil {
		return false
	}
	answer := make([]byte, 1)
	_, err = conn.Read(answer)
	return err == nil && answer[0] == 'R'
}
