module tsmetrics/image

go 1.26.0
