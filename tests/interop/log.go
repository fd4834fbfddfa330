// A stranger's view of the log: what its public pages hold, by Go's own golang.org/x/mod/sumdb and nothing of Steelyard.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

// A cosignature (C2SP tlog-cosignature v1), as a note.Verifier.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), msg)
	return ed25519.Verify(c.key, []byte(signed), sig[8:])
}

// newCosigner reads a verifier key of type 04, which sumdb/note does not know.
func newCosigner(vkey string) (*cosigner, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("%q is no verifier key", vkey)
	}
	hash, err := strconv.ParseUint(parts[1], 16, 32)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, err
	}
	if len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return nil, fmt.Errorf("%q is not of type 04", vkey)
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if binary.BigEndian.Uint32(sum[:]) != uint32(hash) {
		return nil, fmt.Errorf("%q has another id than its key", vkey)
	}
	return &cosigner{parts[0], uint32(hash), ed25519.PublicKey(key[1:])}, nil
}

// What is pinned: the log, and those whose cosignatures count.
type trust struct {
	log       note.Verifier
	cosigners []note.Verifier
}

type checkpoint struct {
	tlog.Tree
	signed   []byte
	text     string
	cosigned int // by known keys
}

func (t *trust) open(signed []byte) (*checkpoint, error) {
	n, err := note.Open(signed, note.VerifierList(append([]note.Verifier{t.log}, t.cosigners...)...))
	if err != nil {
		return nil, err
	}
	byLog := false
	for _, sig := range n.Sigs {
		byLog = byLog || (sig.Name == t.log.Name() && sig.Hash == t.log.KeyHash())
	}
	lines := strings.SplitAfter(n.Text, "\n")
	if !byLog || len(lines) < 4 || lines[0] != t.log.Name()+"\n" {
		return nil, fmt.Errorf("no checkpoint of %s:\n%s", t.log.Name(), n.Text)
	}
	size, err := strconv.ParseInt(strings.TrimSuffix(lines[1], "\n"), 10, 64)
	if err != nil {
		return nil, err
	}
	root, err := tlog.ParseHash(strings.TrimSuffix(lines[2], "\n"))
	if err != nil {
		return nil, err
	}
	return &checkpoint{tlog.Tree{N: size, Hash: root}, signed, n.Text, len(n.Sigs) - 1}, nil
}

type pages struct{ prefix string }

// get returns a page; the second value says what status it came with.
func (p pages) get(path, kind string) ([]byte, int, error) {
	answer, err := http.Get(p.prefix + "/" + path)
	if err != nil {
		return nil, 0, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, 0, err
	}
	if got := answer.Header.Get("Content-Type"); answer.StatusCode == 200 && got != kind {
		return nil, 0, fmt.Errorf("%s is of type %q", path, got)
	}
	return body, answer.StatusCode, nil
}

func (p pages) must(path, kind string) ([]byte, error) {
	body, status, err := p.get(path, kind)
	if err == nil && status != 200 {
		err = fmt.Errorf("%s: status %d: %s", path, status, body)
	}
	return body, err
}

const (
	textType  = "text/plain; charset=utf-8"
	tilesType = "application/octet-stream"
)

// Hash tiles for sumdb/tlog, which checks them against the tree before it uses them. sumdb's paths name the height.
type tiles struct {
	pages
	known map[string][]byte
}

func (t *tiles) Height() int { return tileHeight }
func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight), "tile/", 1)
		body, ok := t.known[path]
		if !ok {
			var err error
			if body, err = t.must(path, tilesType); err != nil {
				return nil, err
			}
			t.known[path] = body
		}
		read = append(read, body)
	}
	return read, nil
}
func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// entry returns the leaf's data out of the bundle that holds it, whole or as wide as the tree of size n makes it.
func (t *tiles) entry(index, n int64) ([]byte, error) {
	const width = 1 << tileHeight
	tile := tlog.Tile{H: tileHeight, L: 0, N: index / width, W: width}
	if end := n - tile.N*width; end < width {
		tile.W = int(end)
	}
	path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/0/", tileHeight), "tile/entries/", 1)
	body, ok := t.known[path]
	if !ok {
		var err error
		if body, err = t.must(path, tilesType); err != nil {
			return nil, err
		}
		t.known[path] = body
	}
	for at := tile.N * width; ; at++ {
		if len(body) < 2 || len(body) < 2+int(binary.BigEndian.Uint16(body)) {
			return nil, fmt.Errorf("%s ends before entry %d", path, index)
		}
		length := 2 + int(binary.BigEndian.Uint16(body))
		if at == index {
			return body[2:length], nil
		}
		body = body[length:]
	}
}
