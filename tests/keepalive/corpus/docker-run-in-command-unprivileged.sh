docker run example/app:1 sh -c 'sysctl -w net.ipv4.tcp_keepalive_time=60 && exec app'
