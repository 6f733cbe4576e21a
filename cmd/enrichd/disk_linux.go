package main

import "syscall"

// diskOf measures the disk that a path is on.
func diskOf(path string) (room, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return room{}, err
	}
	block := uint64(s.Bsize)
	return room{Free: s.Bavail * block, Total: s.Blocks * block}, nil
}
