#!/bin/sh
set -eu
# keep connections through the NAT gateway
docker run --detach --rm -p 8080:80 \
  --name worker \
  --sysctl net.ipv4.tcp_keepalive_time=60 \
  --sysctl=net.ipv4.tcp_keepalive_intvl=30 \
  -e BOTOCORE_TCP_KEEPALIVE=true \
  example/app:1 serve --sysctl net.ipv4.tcp_keepalive_time=9999
