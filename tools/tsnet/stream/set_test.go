package stream

import (
	"strings"
	"testing"
	"testing/synctest"
)

func TestReceiveTakesFramesJoinedInAnyWay(t *testing.T) {
	const want = "one, two, three"
	frames := []frame{data(1, "one, "), data(1, ""), room(1, 9), data(1, "two"), data(1, ", three"), end(1)}
	for cuts := range 1 << (len(frames) - 1) { // bit by bit: whether a message ends behind that frame
		inLab(t, func(l *lab) {
			read := l.readAll()
			var message []frame
			for i, f := range frames {
				message = append(message, f)
				if i == len(frames)-1 || cuts>>i&1 == 1 {
					l.send(message...)
					message = nil
				}
			}
			if got := <-read; got != want {
				t.Errorf("cuts %b: peer read %q, want %q", cuts, got, want)
			}
		})
	}
}

func TestReceiveRefusesACutFrame(t *testing.T) {
	first, second := data(1, "one"), data(1, "two")
	whole := encode(first, second)
	for size := range whole {
		inLab(t, func(l *lab) {
			read := l.readAll()
			err := l.set.Receive(whole[:size])
			if isCut := size != 0 && size != len(encode(first)); (err != nil) != isCut {
				t.Errorf("%d bytes: got error %v", size, err)
			}
			l.send(end(1))
			want := ""
			if size >= len(encode(first)) {
				want = "one" // the frames before the fault count
			}
			if got := <-read; got != want {
				t.Errorf("%d bytes: peer read %q, want %q", size, got, want)
			}
		})
	}
}

func TestReceiveHandsFramesToTheirStream(t *testing.T) {
	inLab(t, func(l *lab) {
		ours, peer := newDuplex()
		other := &lab{t: t, set: l.set, id: l.set.Add(ours), peer: peer}
		if l.id != 1 || other.id != 2 {
			t.Fatalf("got streams %d and %d, want 1 and 2", l.id, other.id)
		}
		l.send(data(2, "to the second"), data(1, "to the first"), room(2, 10), room(1, 10))
		l.wantRead("to the first")
		other.wantRead("to the second")
		l.write("first")
		other.write("second")
		l.wantFrames(`1: data "first"`, `2: data "second"`)
		l.send(close_(2))
		other.wantEnd()
		l.send(data(1, "still open"))
		l.wantRead("still open")
	})
}

func TestReceiveIgnoresUnknownStreams(t *testing.T) {
	inLab(t, func(l *lab) {
		l.send(data(0, "x"), end(2), room(77, 1), close_(1<<32-1), data(1, "known"))
		l.wantRead("known")
		l.send(close_(1))
		l.send(data(1, "late"), room(1, 10), end(1), close_(1))
		l.wantEnd()
		l.wantFrames()
	})
}

func TestAddUsesNoNumberAgain(t *testing.T) {
	inLab(t, func(l *lab) {
		l.send(close_(1))
		ours, peer := newDuplex()
		if id := l.set.Add(ours); id != 2 {
			t.Errorf("got stream %d, want 2", id)
		}
		l.send(data(1, "to the closed one"), close_(2))
		second := &lab{t: t, peer: peer}
		second.wantEnd()
	})
}

func TestRunPassesTheFramesOfATurnTogether(t *testing.T) {
	set := NewSet()
	for _, text := range []string{"one", "two"} {
		s := &stream{id: 1, out: set.out}
		s.send(frameData, []byte(text))
	}
	passed := make(chan string)
	go set.Run(func(frames []byte) { passed <- string(frames) })
	if got, want := <-passed, string(encode(data(1, "one"), data(1, "two"))); got != want {
		t.Errorf("passed %q, want %q", got, want)
	}
}

// readAll has the peer read in the background, up to the end.
func (l *lab) readAll() <-chan string {
	read := make(chan string, 1)
	go func() {
		var text strings.Builder
		b := make([]byte, 4<<10)
		for {
			k, err := l.peer.Read(b)
			text.Write(b[:k])
			if err != nil {
				read <- text.String()
				return
			}
		}
	}()
	synctest.Wait()
	return read
}
