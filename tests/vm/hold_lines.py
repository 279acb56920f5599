"""Holds the GPIO lines of a process open when it has ended: `hold_lines.py PID`, until standard input ends.

The simulated chip forgets what a line was driven to when the last file descriptor of it is closed, and a
test wants to see just that.
"""

import ctypes
import os
import sys

PIDFD_GETFD = 438

process = os.pidfd_open(int(sys.argv[1]))
folder = f"/proc/{sys.argv[1]}/fd"
lines = [fd for fd in os.listdir(folder) if "gpio-line" in os.readlink(f"{folder}/{fd}")]
system = ctypes.CDLL(None).syscall
held = [system(PIDFD_GETFD, process, int(fd), 0) for fd in lines]
assert all(fd >= 0 for fd in held), held
print("holding", len(held), flush=True)
sys.stdin.read()
