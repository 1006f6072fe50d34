// The oracle reads pages as a Prometheus server does, with the server's own parser and the rules of
// its scrape loop, and tells how what we made of them differs. It is asked by tests/fuzz/oracle.ts.
//
// A question on standard input: four byte counts (uint32, little endian) and the content type of the
// device's page, that page, our page in text format 0.0.4, our page in OpenMetrics. A count of
// 0xffffffff for our text means that we refused the page. The answer on standard output: a byte
// count and an answer as JSON, {} if both agree.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

const refused = math.MaxUint32

// sample is one sample as a server would store it.
type sample struct {
	Name    string            `json:"name"`
	Labels  map[string]string `json:"labels"`
	Value   string            `json:"value"`
	Earlier bool              `json:"earlier"` // whether the series came before on the same page
	lset    labels.Labels
	key     string
}

// page is what became of a page.
type page struct {
	err     string
	samples []sample
	types   map[string]string // the first TYPE of each family
	cut     int               // samples without a label that cannot stand on our page
}

// answer is what differs.
type answer struct {
	Device     string            `json:"device,omitempty"`      // why a server refuses the device's page
	Text       string            `json:"text,omitempty"`        // why it refuses our text
	OpenMetric string            `json:"openmetrics,omitempty"` // why it refuses our OpenMetrics
	Missing    []sample          `json:"missing,omitempty"`     // samples of the device that we lack
	Extra      []sample          `json:"extra,omitempty"`       // samples of ours that it has not
	Formats    []sample          `json:"formats,omitempty"`     // samples of one of our formats only
	Cut        int               `json:"cut,omitempty"`         // samples that lost a label
	Types      map[string]string `json:"types,omitempty"`
}

// The labels that the server gives to the target, as ours go before the device's.
var target = labels.FromStrings("device_id", "1", "device_name", "n")

var relayedName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// prepare is what the scrape loop does to the labels of a sample (mutateSampleLabels, honor_labels
// false), and its checks.
func prepare(lset labels.Labels, isDevice bool) (labels.Labels, bool, error) {
	lb := labels.NewBuilder(lset)
	if name, dup := lb.Labels().HasDuplicateLabelNames(); dup {
		return lset, false, fmt.Errorf("label name %q is not unique", name)
	}
	isCut := false
	if isDevice {
		var conflicts []labels.Label
		target.Range(func(l labels.Label) {
			if value := lset.Get(l.Name); value != "" {
				conflicts = append(conflicts, labels.Label{Name: l.Name, Value: value})
			}
			lb.Set(l.Name, l.Value)
		})
		for _, l := range conflicts { // device_id is shorter than device_name, as the server wants
			name := l.Name
			for {
				name = model.ExportedLabelPrefix + name
				if lb.Get(name) == "" {
					lb.Set(name, l.Value)
					break
				}
			}
		}
	}
	lset = lb.Labels()
	if !lset.Has(model.MetricNameLabel) {
		return lset, false, errors.New("missing metric name (__name__ label)")
	}
	if !lset.IsValid(model.UTF8Validation) {
		return lset, false, fmt.Errorf("invalid metric name or label names: %s", lset.String())
	}
	lb.Reset(lset)
	lset.Range(func(l labels.Label) {
		switch {
		case l.Name == model.MetricNameLabel:
		case !relayedName.MatchString(l.Name) || strings.HasPrefix(l.Name, "__") ||
			strings.Contains(l.Value, "\r"):
			// Intended difference: we leave this label out.
			lb.Del(l.Name)
			isCut = true
		case l.Name == model.BucketLabel || l.Name == model.QuantileLabel:
			// The parser does so for the type of the latest TYPE line, whatever family that is of.
			if f, err := strconv.ParseFloat(l.Value, 64); err == nil {
				lb.Set(l.Name, labels.FormatOpenMetricsFloat(f))
			}
		}
	})
	return lb.Labels(), isCut, nil
}

// read reads a page to its end, as the scrape loop does.
func read(b []byte, contentType string, isDevice bool) (out page) {
	out.types = map[string]string{}
	if len(b) == 0 {
		return out // an empty scrape is fine
	}
	p, err := textparse.New(b[:len(b):len(b)], contentType, labels.NewSymbolTable(), textparse.ParserOptions{})
	if p == nil {
		out.err = err.Error()
		return out
	}
	seen := map[string]bool{}
	var lset labels.Labels
	var buf []byte
	for {
		et, err := p.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			out.err = err.Error()
			return out
		}
		switch et {
		case textparse.EntryType:
			name, typ := p.Type()
			if _, known := out.types[string(name)]; !known {
				out.types[string(name)] = string(typ)
			}
			continue
		case textparse.EntrySeries:
		default:
			continue
		}
		_, _, value := p.Series()
		p.Labels(&lset)
		final, isCut, err := prepare(lset, isDevice)
		if err != nil {
			out.err = err.Error()
			return out
		}
		if isCut {
			out.cut++
		}
		buf = final.Bytes(buf)
		series := string(buf)
		out.samples = append(out.samples, sample{
			Value:   strconv.FormatFloat(value, 'g', -1, 64),
			Earlier: seen[series],
			lset:    final,
			key:     series + string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(value))),
		})
		seen[series] = true
	}
}

// without gives the samples of a that b has not, each counted as often as it is there.
func without(a, b []sample) (rest []sample) {
	counts := make(map[string]int, len(b))
	for _, s := range b {
		counts[s.key]++
	}
	for _, s := range a {
		if counts[s.key] == 0 {
			s.Name, s.Labels = s.lset.Get(model.MetricNameLabel), s.lset.Map()
			rest = append(rest, s)
		} else {
			counts[s.key]--
		}
	}
	return rest
}

func judge(contentType string, device, text, om []byte, isRefused bool) (a answer) {
	theirs := read(device, contentType, true)
	a.Device = theirs.err
	if isRefused {
		return a
	}
	ours := read(text, "text/plain; version=0.0.4; charset=utf-8", false)
	strict := read(om, "application/openmetrics-text; version=1.0.0; charset=utf-8", false)
	a.Text, a.OpenMetric = ours.err, strict.err
	a.Formats = append(without(ours.samples, strict.samples), without(strict.samples, ours.samples)...)
	if a.Device != "" {
		return a
	}
	a.Missing = without(theirs.samples, ours.samples)
	a.Extra = without(ours.samples, theirs.samples)
	a.Cut = theirs.cut
	if len(a.Missing) > 0 {
		a.Types = theirs.types
	}
	return a
}

func readAll(in io.Reader, count uint32) ([]byte, error) {
	b := make([]byte, count)
	_, err := io.ReadFull(in, b)
	return b, err
}

func run() error {
	in, out := bufio.NewReaderSize(os.Stdin, 1<<20), bufio.NewWriterSize(os.Stdout, 1<<20)
	for {
		var counts [4]uint32
		if err := binary.Read(in, binary.LittleEndian, &counts); err != nil {
			if errors.Is(err, io.EOF) {
				return out.Flush()
			}
			return err
		}
		isRefused := counts[2] == refused
		if isRefused {
			counts[2] = 0
		}
		var parts [4][]byte
		for i, count := range counts {
			var err error
			if parts[i], err = readAll(in, count); err != nil {
				return err
			}
		}
		line, err := json.Marshal(judge(string(parts[0]), parts[1], parts[2], parts[3], isRefused))
		if err != nil {
			return err
		}
		if err := binary.Write(out, binary.LittleEndian, uint32(len(line))); err != nil {
			return err
		}
		if _, err := out.Write(line); err != nil {
			return err
		}
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}
