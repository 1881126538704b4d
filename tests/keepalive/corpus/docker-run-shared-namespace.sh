podman run -d --name vpn --sysctl net.ipv4.tcp_keepalive_time=60 example/vpn:1
podman run -d --network container:vpn example/app:1
