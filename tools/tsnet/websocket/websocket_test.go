//go:build js && wasm

package websocket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall/js"
	"testing"
)

func TestDialOpensAWebSocket(t *testing.T) {
	tests := []struct{ url, want string }{
		{"http://control.example:8080/ts2021", "ws://control.example:8080/ts2021"},
		{"https://control.example/ts2021", "wss://control.example/ts2021"},
		{"ws://derp.example/derp", "ws://derp.example/derp"},
		{"wss://derp.example/derp", "wss://derp.example/derp"},
	}
	for _, test := range tests {
		t.Run(test.url, func(t *testing.T) {
			f := newFake(t)
			result := f.dial(t.Context(), test.url)
			f.open()
			r := <-result
			if r.err != nil || r.conn == nil || r.status != 101 {
				t.Errorf("got %+v, want a connection and status 101", r)
			}
			if f.url != test.want {
				t.Errorf("opened %s, want %s", f.url, test.want)
			}
			if got := strings.Join(f.protocols, " "); got != "derp other" {
				t.Errorf("offered the protocols %s, want derp other", got)
			}
		})
	}
}

func TestDialFails(t *testing.T) {
	const url, start = "wss://derp.example/derp", "cannot open a WebSocket at wss://derp.example/derp: "
	wantErr := func(t *testing.T, err error, want string) {
		t.Helper()
		if err == nil || err.Error() != start+want {
			t.Errorf("got error %v, want %s", err, start+want)
		}
	}
	t.Run("when the server refuses", func(t *testing.T) {
		f := newFake(t)
		result := f.dial(t.Context(), url)
		f.close(1006, "connection refused")
		err := (<-result).err
		wantErr(t, err, "the WebSocket was closed with code 1006: connection refused")
		if got := CloseStatus(err); got != 1006 {
			t.Errorf("got code %d, want 1006", got)
		}
	})
	t.Run("when the URL is none", func(t *testing.T) {
		replaceWebSocket(t, js.Global().Get("Function").New("throw new SyntaxError('not a URL')"))
		_, _, err := Dial(t.Context(), url, &DialOptions{})
		wantErr(t, err, "JavaScript error: not a URL")
	})
	t.Run("when its context is done", func(t *testing.T) {
		f := newFake(t)
		ctx, cancel := context.WithCancel(t.Context())
		result := f.dial(ctx, url)
		cancel()
		err := (<-result).err
		wantErr(t, err, "context canceled")
		if !errors.Is(err, context.Canceled) || f.closes != 1 {
			t.Errorf("got error %v and %d calls of close(), want that of the context and 1", err, f.closes)
		}
		f.close(1000, "") // it is still heard, and changes nothing
	})
}

func TestWriteSendsMessages(t *testing.T) {
	most := strings.Repeat("x", maxMessage)
	tests := []struct {
		name   string
		writes []string // of one turn of the event loop
		want   []string
	}{
		{"one", []string{"one"}, []string{"one"}},
		{"those of a turn as one", []string{"one, ", "", "two"}, []string{"one, two"}},
		{"the longest", []string{most}, []string{most}},
		{"longer ones in pieces", []string{"one, ", most, most}, []string{"one, " + most[5:], most, "xxxxx"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, f := dialled(t)
			for _, text := range test.writes {
				p := []byte(text)
				if err := c.Write(t.Context(), MessageBinary, p); err != nil {
					t.Fatal(err)
				}
				clear(p) // it belongs to the caller again
			}
			for _, want := range test.want {
				if got := <-f.sent; got != want {
					t.Errorf("sent %d bytes, want %d", len(got), len(want))
				}
			}
			if len(f.sent) > 0 {
				t.Errorf("sent %d messages more", len(f.sent))
			}
		})
	}
}

func TestWriteAfterTheCloseFails(t *testing.T) {
	c, f := dialled(t)
	f.close(1001, "going away")
	err := c.Write(t.Context(), MessageBinary, []byte("late"))
	if CloseStatus(err) != StatusGoingAway {
		t.Errorf("got error %v, want that of the close", err)
	}
}

// The peer's close frame came, and its event did not yet.
func TestWriteWhileItClosesSendsNothing(t *testing.T) {
	c, f := dialled(t)
	f.setState(stateClosing)
	if err := c.Write(t.Context(), MessageBinary, []byte("late")); err != nil {
		t.Error(err)
	}
	c.Close(StatusNormalClosure, "") // sends what is queued
	if len(f.sent) > 0 {
		t.Errorf("sent %q", <-f.sent)
	}
}

func TestReaderGivesWhatArrived(t *testing.T) {
	c, f := dialled(t)
	wantRead := func(want string) {
		t.Helper()
		if got, err := read(t.Context(), c); err != nil || got != want {
			t.Errorf("read %q, %v, want %q", got, err, want)
		}
	}
	f.message("one, ")
	f.message("")
	f.message("two")
	wantRead("one, two")

	waiting := make(chan string)
	go func() {
		text, _ := read(t.Context(), c)
		waiting <- text
	}()
	f.message("") // is no news
	f.message("three")
	if got := <-waiting; got != "three" {
		t.Errorf("read %q, want three", got)
	}
}

func TestReaderGivesWhatCameBeforeTheClose(t *testing.T) {
	tests := []struct {
		name   string
		code   int
		reason string
		want   string
	}{
		{"by the server", 1001, "restarting", "the WebSocket was closed with code 1001: restarting"},
		{"by an error in the middle", 1006, "reset by peer", "the WebSocket was closed with code 1006: reset by peer"},
		{"without a code", 1005, "", "the WebSocket was closed with code 1005: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, f := dialled(t)
			f.message("last words")
			f.close(test.code, test.reason)
			if got, err := read(t.Context(), c); err != nil || got != "last words" {
				t.Errorf("read %q, %v, want last words", got, err)
			}
			for range 2 { // and stays so
				_, err := read(t.Context(), c)
				if err == nil || err.Error() != test.want || CloseStatus(err) != StatusCode(test.code) {
					t.Errorf("got error %v, want %s", err, test.want)
				}
			}
		})
	}
}

func TestReaderThatWaitsHearsOfTheClose(t *testing.T) {
	c, f := dialled(t)
	waiting := make(chan error)
	go func() {
		_, err := read(t.Context(), c)
		waiting <- err
	}()
	f.close(1001, "")
	if err := <-waiting; CloseStatus(err) != StatusGoingAway {
		t.Errorf("got error %v, want that of the close", err)
	}
}

func TestReaderClosesWhenItsContextIsDone(t *testing.T) {
	c, f := dialled(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := read(ctx, c); err != context.Canceled || f.closes != 1 {
		t.Errorf("got error %v and %d calls of close(), want that of the context and 1", err, f.closes)
	}
	if _, err := read(t.Context(), c); err != net.ErrClosed {
		t.Errorf("got error %v, want %v", err, net.ErrClosed)
	}
}

func TestCloseSendsWhatWasWritten(t *testing.T) {
	c, f := dialled(t)
	c.Write(t.Context(), MessageBinary, []byte("farewell"))
	for range 2 {
		if err := c.Close(StatusNormalClosure, ""); err != nil {
			t.Error(err)
		}
	}
	if f.closes != 1 || len(f.sent) != 1 || <-f.sent != "farewell" {
		t.Errorf("got %d calls of close() and another message than farewell", f.closes)
	}
	f.message("late")
	f.close(1000, "")
	if text, err := read(t.Context(), c); err != net.ErrClosed {
		t.Errorf("read %q, %v, want %v", text, err, net.ErrClosed)
	}
	if err := c.Write(t.Context(), MessageBinary, []byte("x")); err != net.ErrClosed {
		t.Errorf("wrote, %v, want %v", err, net.ErrClosed)
	}
}

func TestATextClosesTheWebSocket(t *testing.T) {
	c, f := dialled(t)
	f.message("binary")
	f.emit("message", map[string]any{"data": "a text"})
	f.message("late")
	if got, err := read(t.Context(), c); err != nil || got != "binary" {
		t.Errorf("read %q, %v, want binary", got, err)
	}
	const want = "the WebSocket got a message that is not binary"
	if text, err := read(t.Context(), c); err == nil || err.Error() != want {
		t.Errorf("read %q, %v, want the error %s", text, err, want)
	}
	if f.closes != 1 {
		t.Errorf("got %d calls of close(), want 1", f.closes)
	}
}

func TestMessagesThatAreNotReadAreBounded(t *testing.T) {
	c, f := dialled(t)
	piece := strings.Repeat("x", maxUnread/4)
	for range 4 {
		f.message(piece)
	}
	if f.closes > 0 {
		t.Fatal("it was closed before there was too much")
	}
	if text, err := read(t.Context(), c); err != nil || len(text) != maxUnread {
		t.Fatalf("read %d bytes, %v, want %d", len(text), err, maxUnread)
	}
	for range 5 {
		f.message(piece)
	}
	if text, err := read(t.Context(), c); err != nil || len(text) != maxUnread {
		t.Errorf("read %d bytes, %v, want %d", len(text), err, maxUnread)
	}
	const want = "the WebSocket got more than 16777216 bytes that were not read"
	if text, err := read(t.Context(), c); err == nil || err.Error() != want {
		t.Errorf("read %d bytes, %v, want the error %s", len(text), err, want)
	}
	if f.closes != 1 {
		t.Errorf("got %d calls of close(), want 1", f.closes)
	}
}

func TestCloseStatus(t *testing.T) {
	tests := []struct {
		err  error
		want StatusCode
	}{
		{&closeError{StatusNormalClosure, ""}, StatusNormalClosure},
		{fmt.Errorf("reading: %w", &closeError{StatusGoingAway, ""}), StatusGoingAway},
		{io.EOF, -1},
		{nil, -1},
	}
	for _, test := range tests {
		if got := CloseStatus(test.err); got != test.want {
			t.Errorf("%v: got %d, want %d", test.err, got, test.want)
		}
	}
}

// read reads what the next Reader gives.
func read(ctx context.Context, c *Conn) (string, error) {
	kind, r, err := c.Reader(ctx)
	if err != nil {
		return "", err
	}
	if kind != MessageBinary {
		return "", fmt.Errorf("got a message of type %d", kind)
	}
	text, err := io.ReadAll(r)
	return string(text), err
}
