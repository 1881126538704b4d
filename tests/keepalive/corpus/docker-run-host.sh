docker run --network host -eBOTOCORE_TCP_KEEPALIVE=true example/app:1
