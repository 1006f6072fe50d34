//go:build js && wasm

package main

import (
	"bytes"
	"context"
	"net/http"
)

// localAPI asks the node's own LocalAPI in process, as `tailscale` asks tailscaled over its socket.
func (n *node) localAPI(ctx context.Context, method, path string, body []byte) (any, error) {
	r, err := http.NewRequestWithContext(ctx, method, path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.RequestURI, r.RemoteAddr = path, "in-process"
	w := &recorder{header: http.Header{}, code: http.StatusOK}
	n.api.ServeHTTP(w, r)
	return map[string]any{"status": w.code, "body": jsBytes(w.body.Bytes())}, nil
}

type recorder struct {
	header http.Header
	body   bytes.Buffer
	code   int
}

func (w *recorder) Header() http.Header         { return w.header }
func (w *recorder) Write(p []byte) (int, error) { return w.body.Write(p) }
func (w *recorder) WriteHeader(code int)        { w.code = code }
func (w *recorder) Flush()                      {}
