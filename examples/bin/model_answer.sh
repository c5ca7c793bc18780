#!/bin/sh
echo "Content-Type: text/plain"
echo
echo "@MODEL@ version @VERSION@ says: 42"
