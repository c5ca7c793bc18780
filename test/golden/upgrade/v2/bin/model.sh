#!/bin/sh
# sim: echo one
# sim: sleep 3
# sim: write /version 1
