# The names that people type; each is a task of deno.json. `make test ARGS=tests/http/` passes
# arguments on, and `deno task` without a name explains every task.

.PHONY: help build run run-tsnet demo host dev dev-tsnet dev-direct dev-deps fmt lint test \
  test-integration ok docker-build docker-run container-test deploy-test k8s-deploy release-dry clean

help:
	@deno task
build:
	deno task build $(ARGS)
run:
	deno task start $(ARGS)
run-tsnet:
	USE_TSNET=true deno task start $(ARGS)
demo:
	deno task demo $(ARGS)
host:
	deno task host $(ARGS)
dev:
	deno task dev $(ARGS)
dev-tsnet:
	USE_TSNET=true deno task dev $(ARGS)
dev-direct:
	deno task start $(ARGS)
dev-deps:
	deno task deps
fmt:
	deno task fmt
lint:
	deno task lint
test:
	deno task test $(ARGS)
test-integration:
	deno task e2e
ok:
	deno task ok
docker-build:
	deno task image
docker-run:
	deno task image:run $(ARGS)
container-test:
	deno task image:test
deploy-test:
	deno task deploy:test
k8s-deploy:
	deno task k8s:deploy
release-dry:
	deno task release:dry
clean:
	deno task clean
