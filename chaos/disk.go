package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// diskSize of the file system that PostgreSQL has for itself: data and log share it.
const diskSize = "400m"

// mountDisk gives PostgreSQL a small file system of its own, which only who may
// mount can make.
func mountDisk() (dir string, unmount func() error, err error) {
	dir, err = os.MkdirTemp("/tmp", "enrichd-disk-")
	if err != nil {
		return "", nil, err
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+diskSize+",mode=0755"); err != nil {
		return "", nil, errors.Join(fmt.Errorf("a small file system cannot be mounted here: %w", err), os.Remove(dir))
	}
	return filepath.Join(dir, "postgres"), func() error { return errors.Join(syscall.Unmount(dir, 0), os.Remove(dir)) }, nil
}

// diskRounds fills the disk until PostgreSQL cannot write, and makes room again.
func diskRounds(ctx context.Context, r *rounds) error {
	filler := filepath.Join(filepath.Dir(r.c.server.Dir()), "filler")
	fallen, longest := 0, 0.0
	for r.done < r.n {
		if err := fill(filler); err != nil {
			return err
		}
		pause(ctx, 5*time.Second)
		if err := os.Remove(filler); err != nil {
			return err
		}
		select {
		case <-r.c.server.Done():
			fallen++
		default:
		}
		if err := r.c.server.StartAgain(ctx); err != nil {
			return err
		}
		ready := time.Now()
		err := await(ctx, time.Minute, "claiming with room on the disk", func() bool {
			var n int
			return r.c.admin.QueryRow(ctx, `SELECT count(*) FROM chaos.holds WHERE at > $1 AND is_now IS NOT NULL`, ready).Scan(&n) == nil && n > 0
		})
		if err != nil {
			return err
		}
		longest = max(longest, time.Since(ready).Seconds())
		r.done++
		pause(ctx, time.Second)
	}
	r.measure("times that PostgreSQL gave up for want of room", float64(fallen), "")
	r.bound("claims again with room on the disk, longest", longest, "s", 10)
	return nil
}

// fill writes until there is no room.
func fill(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	zeros := make([]byte, 64<<10)
	for {
		if _, err := f.Write(zeros); errors.Is(err, syscall.ENOSPC) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
