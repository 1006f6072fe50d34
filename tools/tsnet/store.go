//go:build js && wasm

package main

import (
	"encoding/base64"
	"sync"

	"tailscale.com/ipn"
)

// store holds the node's state (private keys, profile) in memory and reports each change as an event "state", so that
// JavaScript can persist it.
type store struct {
	mu sync.Mutex
	m  map[string]string
}

// String keeps the private keys out of Tailscale's errors, some of which print the store.
func (s *store) String() string { return "the state" }

func (s *store) ReadState(id ipn.StateKey) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.m[string(id)]
	if !ok {
		return nil, ipn.ErrStateNotExist
	}
	return base64.StdEncoding.DecodeString(v)
}

func (s *store) WriteState(id ipn.StateKey, b []byte) error {
	var v *string // null means deleted
	s.mu.Lock()
	if s.m == nil {
		s.m = map[string]string{}
	}
	if b == nil {
		delete(s.m, string(id))
	} else {
		e := base64.StdEncoding.EncodeToString(b)
		s.m[string(id)], v = e, &e
	}
	s.mu.Unlock()
	emit("state", struct {
		Key   string  `json:"key"`
		Value *string `json:"value"`
	}{string(id), v})
	return nil
}
