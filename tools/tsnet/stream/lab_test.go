package stream

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// duplex is one end of a connection whose directions end apart from each other, as those of TCP do. A write waits until
// the other end reads it.
type duplex struct {
	net.Conn // the direction that is read
	out      net.Conn
}

// newDuplex makes a connection whose peer waits for an hour at most.
func newDuplex() (ours, peers *duplex) {
	toPeer, atPeer := net.Pipe()
	fromPeer, toUs := net.Pipe()
	ours, peers = &duplex{fromPeer, toPeer}, &duplex{atPeer, toUs}
	peers.SetReadDeadline(time.Now().Add(time.Hour))
	peers.SetWriteDeadline(time.Now().Add(time.Hour))
	return ours, peers
}

func (d *duplex) Write(p []byte) (int, error)         { return d.out.Write(p) }
func (d *duplex) CloseWrite() error                   { return d.out.Close() }
func (d *duplex) SetWriteDeadline(at time.Time) error { return d.out.SetWriteDeadline(at) }

func (d *duplex) Close() error {
	d.out.Close()
	return d.Conn.Close()
}

// lab has one stream of a Set, the peer of its connection, and the part of JavaScript.
type lab struct {
	t    *testing.T
	set  *Set
	id   uint32
	peer *duplex
}

// inLab runs a test whose goroutines must have ended with it, and whose clock is a fake.
func inLab(t *testing.T, test func(l *lab)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ours, peer := newDuplex()
		l := &lab{t: t, set: NewSet(), peer: peer}
		l.id = l.set.Add(ours)
		test(l)
		l.send(close_(l.id))
		peer.Close()
	})
}

// send passes frames to Go in one message, and waits until nothing happens any more.
func (l *lab) send(frames ...frame) {
	l.t.Helper()
	if err := l.set.Receive(encode(frames...)); err != nil {
		l.t.Fatalf("sent frames that are refused: %v", err)
	}
	synctest.Wait()
}

// wantFrames compares the frames that came from Go since the last time.
func (l *lab) wantFrames(want ...string) {
	l.t.Helper()
	synctest.Wait()
	var got []string
	for rest := l.set.out.Take().Bytes; len(rest) > 0; {
		var f frame
		var err error
		if f, rest, err = nextFrame(rest); err != nil {
			l.t.Fatal(err)
		}
		got = append(got, f.String())
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		l.t.Errorf("got frames:\n%s\nwant:\n%s", g, w)
	}
}

// write has the peer send bytes, in the background, because the other end may never read them.
func (l *lab) write(text string) {
	go l.peer.Write([]byte(text))
	synctest.Wait()
}

// wantRead has the peer read as many bytes.
func (l *lab) wantRead(want string) {
	l.t.Helper()
	got := make([]byte, len(want))
	k, err := io.ReadFull(l.peer, got)
	if err != nil || string(got) != want {
		l.t.Errorf("peer read %s, %v, want %s", brief(got[:k]), err, brief([]byte(want)))
	}
	synctest.Wait()
}

// wantEnd checks that the peer reads nothing more.
func (l *lab) wantEnd() {
	l.t.Helper()
	if rest, err := io.ReadAll(l.peer); err != nil || len(rest) > 0 {
		l.t.Errorf("peer read %s, %v, want the end", brief(rest), err)
	}
}

// wantClosed checks that nothing the peer sends is taken any more.
func (l *lab) wantClosed() {
	l.t.Helper()
	if _, err := l.peer.Write([]byte("x")); err != io.ErrClosedPipe {
		l.t.Errorf("peer wrote, %v, want %v", err, io.ErrClosedPipe)
	}
}

func data(id uint32, text string) frame { return frame{frameData, id, []byte(text)} }
func end(id uint32) frame               { return frame{frameEnd, id, nil} }
func close_(id uint32) frame            { return frame{frameClose, id, nil} }
func room(id uint32, count int) frame   { return frame{frameRoom, id, encodeRoom(count)} }

func encode(frames ...frame) (b []byte) {
	for _, f := range frames {
		head := f.head()
		b = append(append(b, head[:]...), f.payload...)
	}
	return b
}

func (f frame) String() string {
	switch f.kind {
	case frameData:
		return fmt.Sprintf("%d: data %s", f.id, brief(f.payload))
	case frameEnd:
		return fmt.Sprintf("%d: end", f.id)
	case frameRoom:
		return fmt.Sprintf("%d: room for %d", f.id, decodeRoom(f.payload))
	default:
		return fmt.Sprintf("%d: closed, %s", f.id, f.payload)
	}
}

// brief is a text, or the number of its bytes if they are many.
func brief(b []byte) string {
	if len(b) > 40 {
		return fmt.Sprintf("%d bytes", len(b))
	}
	return fmt.Sprintf("%q", b)
}
