docker run --net=host --sysctl net.ipv4.tcp_keepalive_time=60 example/app:1
