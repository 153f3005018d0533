"""A serial line to nobody's reader: serial_line.py NAME makes a pseudo-terminal of that name, and
what comes on standard input goes out on it."""

import os
import sys
import termios
import tty

far, near = os.openpty()
tty.setraw(near, termios.TCSANOW)
os.symlink(os.ttyname(near), sys.argv[1])
while chunk := os.read(0, 4096):
    os.write(far, chunk)
