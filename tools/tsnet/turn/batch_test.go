package turn

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

func text(p Pieces) string {
	var pieces []string
	for piece := range p.All {
		pieces = append(pieces, fmt.Sprintf("%q", piece))
	}
	return strings.Join(pieces, " ")
}

func TestTakeForgets(t *testing.T) {
	b := NewBatch()
	check := func(want string) {
		t.Helper()
		if got := text(b.Take()); got != want {
			t.Errorf("took %s, want %s", got, want)
		}
	}
	check("")
	b.Add([]byte("one"))
	b.Add()
	b.Add([]byte("t"), nil, []byte("wo"))
	check(`"one" "" "two"`)
	check("")
	b.Add([]byte("three"))
	check(`"three"`)
}

func TestPiecesStayWhileOthersAreAdded(t *testing.T) {
	b := NewBatch()
	for turn := range 5 {
		b.Add(fmt.Appendf(nil, "first of %d", turn))
		b.Add(fmt.Appendf(nil, "second of %d", turn))
		taken := b.Take()
		b.Add([]byte("something else"))
		if got, want := text(taken), fmt.Sprintf(`"first of %d" "second of %d"`, turn, turn); got != want {
			t.Errorf("took %s, want %s", got, want)
		}
		b.Take()
	}
}

func TestAddCopies(t *testing.T) {
	b := NewBatch()
	p := []byte("one")
	b.Add(p)
	copy(p, "two")
	if got := text(b.Take()); got != `"one"` {
		t.Errorf("took %s", got)
	}
}

func TestAppendToAPieceLeavesTheNext(t *testing.T) {
	b := NewBatch()
	b.Add([]byte("one"))
	b.Add([]byte("two"))
	taken := b.Take()
	for piece := range taken.All {
		_ = append(piece, "overflow"...)
		break
	}
	if got := text(taken); got != `"one" "two"` {
		t.Errorf("took %s", got)
	}
}

func TestRunDeliversATurnTogether(t *testing.T) {
	b := NewBatch()
	b.Add([]byte("one"))
	b.Add([]byte("two"))
	delivered := make(chan string)
	go b.Run(func(p Pieces) { delivered <- text(p) })
	if got := <-delivered; got != `"one" "two"` {
		t.Errorf("delivered %s", got)
	}
}

func TestRunDeliversNothingEmpty(t *testing.T) {
	b := NewBatch()
	b.Add([]byte("taken before"))
	b.Take()
	delivered := make(chan string)
	go b.Run(func(p Pieces) { delivered <- text(p) })
	for len(b.filled) > 0 { // until it has woken up in vain
		runtime.Gosched()
	}
	for _, piece := range []string{"one", "two"} {
		b.Add([]byte(piece))
		if got, want := <-delivered, fmt.Sprintf("%q", piece); got != want {
			t.Errorf("delivered %s, want %s", got, want)
		}
	}
}

func TestRunDeliversAllOfManyGoroutines(t *testing.T) {
	const goroutines, each = 8, 500
	b := NewBatch()
	var want []string
	var adding sync.WaitGroup
	for g := range goroutines {
		for i := range each {
			want = append(want, fmt.Sprintf("%d/%d", g, i))
		}
		adding.Go(func() {
			for i := range each {
				b.Add(fmt.Appendf(nil, "%d/", g), fmt.Append(nil, i))
			}
		})
	}
	var got []string
	all := make(chan struct{})
	go b.Run(func(p Pieces) {
		for piece := range p.All {
			got = append(got, string(piece))
		}
		if len(got) == len(want) {
			close(all)
		}
	})
	adding.Wait()
	<-all
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got other pieces than were added: %q", got)
	}
}
