#!/bin/sh
# sim: echo two
# sim: sleep 2
# sim: write /version 2
