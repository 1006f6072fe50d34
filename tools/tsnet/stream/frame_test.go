package stream

import (
	"bytes"
	"encoding/hex"
	"testing"
)

func TestFrameIsThisOnTheWire(t *testing.T) {
	tests := []struct {
		frame frame
		want  string
	}{
		{data(1, "hi"), "00" + "01000000" + "02000000" + "6869"},
		{end(0x04030201), "01" + "01020304" + "00000000"},
		{room(2, 65_536), "02" + "02000000" + "04000000" + "00000100"},
		{close_(3), "03" + "03000000" + "00000000"},
	}
	for _, test := range tests {
		if got := hex.EncodeToString(encode(test.frame)); got != test.want {
			t.Errorf("%v: got %s, want %s", test.frame, got, test.want)
		}
	}
}

func TestNextFrameReadsWhatWasEncoded(t *testing.T) {
	frames := []frame{data(1, ""), data(1, "a"), end(2), room(3, 1<<32-1), data(1<<32-1, "long enough"), close_(1)}
	rest := encode(frames...)
	for _, want := range frames {
		var got frame
		var err error
		got, rest, err = nextFrame(rest)
		if err != nil {
			t.Fatal(err)
		}
		if got.kind != want.kind || got.id != want.id || !bytes.Equal(got.payload, want.payload) {
			t.Errorf("got %v, want %v", got, want)
		}
		if got.payload == nil {
			t.Errorf("%v has no payload, which means the end", got)
		}
	}
	if len(rest) > 0 {
		t.Errorf("%d bytes are left", len(rest))
	}
}

func TestNextFrameRefuses(t *testing.T) {
	huge := encode(data(1, "x"))
	copy(huge[5:], "\xff\xff\xff\xff")
	tests := []struct {
		name  string
		bytes []byte
		want  string
	}{
		{"no head", encode(end(1))[:8], "a frame is cut off: got 8 bytes of its head, want 9"},
		{"no payload", encode(data(7, "abc"))[:11], "a frame of stream 7 is cut off: got 2 bytes of its payload, want 3"},
		{"a length of 32 bits", huge, "a frame of stream 1 is cut off: got 1 bytes of its payload, want 4294967295"},
		{"short room", encode(frame{frameRoom, 2, []byte("abc")}), "a frame gives stream 2 room by 3 bytes, want 4"},
		{"long room", encode(frame{frameRoom, 2, []byte("abcde")}), "a frame gives stream 2 room by 5 bytes, want 4"},
		{"a kind that is none", encode(frame{4, 2, nil}), "a frame of stream 2 has the unknown kind 4"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, _, err := nextFrame(test.bytes); err == nil || err.Error() != test.want {
				t.Errorf("got error %v, want %s", err, test.want)
			}
		})
	}
}
