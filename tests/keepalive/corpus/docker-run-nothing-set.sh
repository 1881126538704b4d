sudo docker run -dit example/app:1
