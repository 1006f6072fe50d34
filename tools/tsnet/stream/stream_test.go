package stream

import (
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestStreamReadsAsMuchAsThereIsRoomFor(t *testing.T) {
	inLab(t, func(l *lab) {
		l.write("0123456789")
		l.wantFrames() // no room yet
		l.send(room(1, 3))
		l.wantFrames(`1: data "012"`)
		l.send(room(1, 0))
		l.wantFrames()
		l.send(room(1, 2))
		l.wantFrames(`1: data "34"`)
		l.send(room(1, 2))
		l.wantFrames(`1: data "56"`)
		l.send(room(1, 100))
		l.wantFrames(`1: data "789"`)
		l.write("abc") // room is left
		l.wantFrames(`1: data "abc"`)
	})
}

func TestStreamReadsInBoundedPieces(t *testing.T) {
	inLab(t, func(l *lab) {
		l.write(strings.Repeat("x", 2*maxRead+1))
		l.send(room(1, window))
		l.wantFrames("1: data 8192 bytes", "1: data 8192 bytes", `1: data "x"`)
	})
}

func TestStreamGivesRoomForHalfAWindow(t *testing.T) {
	const most = window / 2
	tests := []struct {
		name   string
		writes []int
		want   []string
	}{
		{"nothing", []int{0}, nil},
		{"less", []int{most - 1}, nil},
		{"just enough", []int{most}, []string{"1: room for 32768"}},
		{"pieces that make it", []int{most - 1, 0, 1, 1}, []string{"1: room for 32768"}},
		{"a piece that is more", []int{most - 1, most}, []string{"1: room for 65535"}},
		{"twice", []int{most, most}, []string{"1: room for 32768", "1: room for 32768"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inLab(t, func(l *lab) {
				l.readAll()
				for _, size := range test.writes {
					l.send(data(1, strings.Repeat("x", size)))
				}
				l.wantFrames(test.want...)
			})
		})
	}
}

func TestStreamGivesNoRoomToAPeerThatDoesNotRead(t *testing.T) {
	inLab(t, func(l *lab) {
		piece := strings.Repeat("x", window/2)
		l.send(data(1, piece), data(1, piece))
		l.wantFrames()
		l.wantRead(piece)
		l.wantFrames("1: room for 32768")
		l.wantRead(piece)
		l.wantFrames("1: room for 32768")
	})
}

func TestStreamEndsOneDirection(t *testing.T) {
	t.Run("JavaScript's", func(t *testing.T) {
		inLab(t, func(l *lab) {
			l.send(data(1, "request"), end(1))
			l.wantRead("request")
			l.wantEnd()
			l.send(room(1, 100))
			l.write("answer")
			l.wantFrames(`1: data "answer"`)
		})
	})
	t.Run("the peer's", func(t *testing.T) {
		inLab(t, func(l *lab) {
			l.send(room(1, 100))
			l.write("request")
			l.peer.CloseWrite()
			l.wantFrames(`1: data "request"`, "1: end")
			l.send(room(1, 100)) // tells nothing twice
			l.wantFrames()
			l.send(data(1, "answer"))
			l.wantRead("answer")
		})
	})
	t.Run("of a connection that cannot", func(t *testing.T) {
		inLab(t, func(l *lab) {
			ours, peer := newDuplex()
			other := &lab{t: t, set: l.set, id: l.set.Add(struct{ net.Conn }{ours}), peer: peer}
			l.send(data(other.id, "request"), end(other.id), data(other.id, "more"))
			other.wantRead("requestmore")
			l.send(close_(other.id))
		})
	})
}

func TestStreamCloses(t *testing.T) {
	t.Run("at once where nothing is written", func(t *testing.T) {
		inLab(t, func(l *lab) {
			l.send(room(1, 100)) // it is read meanwhile
			l.send(close_(1))
			l.wantEnd()
			l.wantClosed()
			l.wantFrames()
		})
	})
	t.Run("after what was written", func(t *testing.T) {
		inLab(t, func(l *lab) {
			l.send(data(1, "one, "), data(1, "two, "), data(1, "three"), close_(1))
			time.Sleep(grace - 1)
			l.wantRead("one, two, three")
			l.wantEnd()
			l.wantClosed()
			l.wantFrames()
		})
	})
	t.Run("after the end", func(t *testing.T) {
		inLab(t, func(l *lab) {
			l.send(data(1, "one"), end(1), close_(1))
			l.wantRead("one")
			l.wantEnd()
			l.wantClosed()
		})
	})
	t.Run("dropping what the peer sends meanwhile", func(t *testing.T) {
		inLab(t, func(l *lab) {
			l.send(data(1, "answer"), close_(1)) // it never had room
			if _, err := l.peer.Write(make([]byte, 3*maxRead)); err != nil {
				t.Errorf("peer wrote, %v", err)
			}
			l.wantRead("answer")
			l.wantEnd()
			l.wantFrames()
		})
	})
	t.Run("after what was written to a peer that ends meanwhile", func(t *testing.T) {
		inLab(t, func(l *lab) {
			l.send(room(1, 100), data(1, "one, "), data(1, "two"), close_(1))
			l.peer.CloseWrite()
			synctest.Wait()
			l.wantRead("one, two")
			l.wantEnd()
			l.wantFrames()
		})
	})
	t.Run("when a peer that does not read has had its time", func(t *testing.T) {
		inLab(t, func(l *lab) {
			l.send(data(1, "one"), data(1, "two"), close_(1))
			time.Sleep(grace - 1)
			if _, err := l.peer.Write([]byte("x")); err != nil {
				t.Errorf("peer wrote, %v, before the time is over", err)
			}
			time.Sleep(2)
			synctest.Wait()
			l.wantClosed()
			l.wantEnd()
			l.wantFrames()
		})
	})
}

func TestStreamTellsOnceThatItIsBroken(t *testing.T) {
	t.Run("while it reads", func(t *testing.T) {
		inLab(t, func(l *lab) {
			ours := &broken{}
			id := l.set.Add(ours)
			l.send(room(id, 100))
			l.wantFrames(`2: data "last words"`, "2: closed, reset by peer")
			l.send(data(id, "x"), end(id), room(id, 100))
			l.wantFrames()
			if ours.writes > 0 {
				t.Errorf("%d writes after it broke", ours.writes)
			}
			l.send(close_(id))
			if !ours.isClosed {
				t.Error("it was not closed")
			}
			l.wantFrames()
		})
	})
	t.Run("while it writes", func(t *testing.T) {
		inLab(t, func(l *lab) {
			l.peer.Conn.Close()
			l.send(data(1, "one"), data(1, "two"), end(1), data(1, "three"))
			l.wantFrames("1: closed, io: read/write on closed pipe")
			l.send(data(1, "four"))
			l.wantFrames()
			l.send(close_(1))
			l.wantClosed()
		})
	})
	t.Run("in both directions", func(t *testing.T) {
		inLab(t, func(l *lab) {
			ours := &broken{}
			id := l.set.Add(ours)
			l.send(data(id, "x"))
			l.wantFrames("2: closed, reset by peer")
			l.send(room(id, 100)) // what the peer sent before can still be read
			l.wantFrames(`2: data "last words"`)
			l.send(close_(id))
		})
	})
}

// broken is a connection that the peer has reset.
type broken struct {
	net.Conn
	writes   int
	isClosed bool
}

var errReset = errors.New("reset by peer")

func (b *broken) Read(p []byte) (int, error) { return copy(p, "last words"), errReset }

func (b *broken) Write([]byte) (int, error) {
	b.writes++
	return 0, errReset
}

func (b *broken) Close() error {
	b.isClosed = true
	return nil
}
