package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"syscall"
)

// ErrNoPostgres says that the machine has no PostgreSQL to run.
var ErrNoPostgres = errors.New("PostgreSQL 15 or newer is not installed: apt-get install postgresql, or set DATABASE_URL to a server you have")

// oldest is the oldest major version that the migrations are tested on.
const oldest = 15

// debianBinaries is where Debian keeps each version's programs, off the path.
const debianBinaries = "/usr/lib/postgresql/*/bin"

var versionText = regexp.MustCompile(`PostgreSQL\) (\d+)((?:\.\d+)?)`)

// findBinaries finds the programs on the path, or else the newest in the folders
// of the pattern. Data that exist already are only read by the version that wrote
// them; major is 0 where there are none.
func findBinaries(pattern string, major int) (dir, version string, err error) {
	err = ErrNoPostgres
	if major != 0 {
		err = fmt.Errorf("%w (the data were written by PostgreSQL %d, and only that version reads them)", ErrNoPostgres, major)
	}
	for _, dir := range binaryDirs(pattern) {
		if found, version := versionIn(dir); found >= oldest && (major == 0 || found == major) {
			return dir, version, nil
		}
	}
	return "", "", err
}

// Program finds one of PostgreSQL's client programs, such as pg_dump: of the newest
// version, which reads servers of its own and of every older one.
func Program(name string) (string, error) {
	for _, dir := range binaryDirs(debianBinaries) {
		if path := filepath.Join(dir, name); exists(path) {
			return path, nil
		}
	}
	if path, err := exec.LookPath(name); err == nil {
		return path, nil // the client programs alone
	}
	return "", fmt.Errorf("%s is not installed: apt-get install postgresql-client", name)
}

func binaryDirs(pattern string) []string {
	dirs, _ := filepath.Glob(pattern)
	slices.SortFunc(dirs, func(a, b string) int { return majorOf(b) - majorOf(a) })
	if path, err := exec.LookPath("postgres"); err == nil {
		dirs = slices.Insert(dirs, 0, filepath.Dir(resolve(path))) // a link has no initdb beside it
	}
	return dirs
}

// majorOf reads the version out of /usr/lib/postgresql/15/bin.
func majorOf(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	return n
}

// versionIn asks the programs in a folder; 0 where they are not all there.
func versionIn(dir string) (major int, version string) {
	if !exists(filepath.Join(dir, "initdb")) {
		return 0, ""
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	m := versionText.FindStringSubmatch(string(out))
	if err != nil || m == nil {
		return 0, ""
	}
	major, _ = strconv.Atoi(m[1])
	return major, m[1] + m[2]
}

// owner is the user that the server runs as: this one, or, since PostgreSQL
// refuses to run as root, an unprivileged one.
type owner struct {
	uid, gid int
	change   bool // this process is root and the server becomes the other user
}

func findOwner() (*owner, error) {
	if os.Geteuid() != 0 {
		return &owner{uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil {
			return &owner{uid: uid, gid: gid, change: true}, nil
		}
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
}

// apply makes a command run as the owner, in a folder that it can enter.
func (o *owner) apply(cmd *exec.Cmd, dir string) {
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if o.change {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(o.uid), Gid: uint32(o.gid)}
	}
}

// take gives a file or folder to the owner.
func (o *owner) take(path string) error {
	if !o.change {
		return nil
	}
	return os.Chown(path, o.uid, o.gid)
}

// writeFile writes a file that only the owner reads, and waits for the disk.
func (o *owner) writeFile(path, content string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(content)
	return errors.Join(err, f.Sync(), f.Close(), o.take(path))
}

// makeParents makes the folders above dir. The owner has to pass through them,
// whatever this process's umask says.
func (o *owner) makeParents(dir string) error {
	parent := filepath.Dir(dir)
	if exists(parent) {
		return nil
	}
	if err := o.makeParents(parent); err != nil {
		return err
	}
	if err := os.Mkdir(parent, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if !o.change {
		return nil
	}
	return os.Chmod(parent, 0o755)
}

// tempDir is a temporary folder that the owner reaches, short enough for a socket.
func (o *owner) tempDir() string {
	if dir := resolve(os.TempDir()); len(dir) < 60 && o.reaches(filepath.Join(dir, "x")) {
		return dir
	}
	return "/tmp"
}

// reaches reports whether the owner can enter every folder above dir.
func (o *owner) reaches(dir string) bool {
	if !o.change {
		return true
	}
	for parent := filepath.Dir(dir); ; parent = filepath.Dir(parent) {
		info, err := os.Stat(parent)
		if err == nil && !o.enters(info) {
			return false
		}
		if parent == filepath.Dir(parent) {
			return true
		}
	}
}

// alone reports whether a folder is the owner's and closed to all others.
func (o *owner) alone(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || info.Mode().Perm() != 0o700 {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == o.uid
}

func (o *owner) enters(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	mode := info.Mode().Perm()
	switch {
	case !ok:
		return false
	case int(st.Uid) == o.uid:
		return mode&0o100 != 0
	case int(st.Gid) == o.gid:
		return mode&0o010 != 0
	}
	return mode&0o001 != 0
}
