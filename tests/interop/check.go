// Checks a log over HTTP: note, cosignatures, tiles, inclusion of every hundredth entry, consistency with each checkpoint
// seen before, receipts. Exits with 1 at the first thing that does not hold.
//
//	check -log URL -key VKEY -seen DIR [-policy FILE] [-cosigned N] [-size N] [-every N] [RECEIPT...]
//	check -log URL -key VKEY -witness URL -witness-key VKEY
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var (
	logURL     = flag.String("log", "", "prefix of the log's pages")
	logKey     = flag.String("key", "", "verifier key of the log")
	policy     = flag.String("policy", "", "file whose `witness` lines name those who may cosign")
	cosigned   = flag.Int("cosigned", 0, "how many of them must have")
	size       = flag.Int64("size", -1, "of the tree, where it must be one size")
	every      = flag.Int64("every", 100, "which entries are looked at")
	seen       = flag.String("seen", "", "folder of checkpoints seen before; this one is added")
	witness    = flag.String("witness", "", "prefix of a witness to bring the checkpoint to")
	witnessKey = flag.String("witness-key", "", "its verifier key")
)

func main() {
	flag.Parse()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(1)
	}
}

func run() error {
	t, err := trusted()
	if err != nil {
		return err
	}
	p := pages{strings.TrimSuffix(*logURL, "/")}
	signed, err := p.must("checkpoint", textType)
	if err != nil {
		return err
	}
	head, err := t.open(signed)
	if err != nil {
		return err
	}
	reader := &tiles{p, map[string][]byte{}}
	if *witness != "" {
		return bringTo(*witness, *witnessKey, head, reader)
	}
	if *size >= 0 && head.N != *size {
		return fmt.Errorf("the tree has %d entries, not %d", head.N, *size)
	}
	if head.cosigned < *cosigned {
		return fmt.Errorf("%d cosignatures hold, not %d", head.cosigned, *cosigned)
	}
	looked, err := checkEntries(head, reader)
	if err != nil {
		return err
	}
	if err := checkBeyond(head, p); err != nil {
		return err
	}
	older, err := checkSeen(t, head, reader)
	if err != nil {
		return err
	}
	for _, path := range flag.Args() {
		if err := checkReceipt(t, path, reader, head); err != nil {
			return fmt.Errorf("%s: %v", path, err)
		}
	}
	fmt.Printf("%d entries, %d cosignatures, %d entries proved, %d older checkpoints extended, %d receipts\n", head.N,
		head.cosigned, looked, older, flag.NArg())
	return nil
}

func trusted() (*trust, error) {
	log, err := note.NewVerifier(*logKey)
	if err != nil {
		return nil, err
	}
	t := &trust{log: log}
	if *policy == "" {
		return t, nil
	}
	text, err := os.ReadFile(*policy)
	if err != nil {
		return nil, err
	}
	for _, line := range strings.Split(string(text), "\n") {
		words := strings.Fields(line)
		if len(words) >= 3 && words[0] == "witness" {
			c, err := newCosigner(words[2])
			if err != nil {
				return nil, err
			}
			t.cosigners = append(t.cosigners, c)
		}
	}
	return t, nil
}

// checkEntries proves every hundredth entry, and the last, to be in the tree.
func checkEntries(head *checkpoint, reader *tiles) (int, error) {
	hashes := tlog.TileHashReader(head.Tree, reader)
	wanted := []int64{head.N - 1}
	for index := int64(0); index < head.N-1; index += *every {
		wanted = append(wanted, index)
	}
	looked := 0
	for _, index := range wanted {
		data, err := reader.entry(index, head.N)
		if err != nil {
			return looked, err
		}
		proof, err := tlog.ProveRecord(head.N, index, hashes)
		if err != nil {
			return looked, fmt.Errorf("proving entry %d: %v", index, err)
		}
		if err := tlog.CheckRecord(proof, head.N, head.Hash, index, tlog.RecordHash(data)); err != nil {
			return looked, fmt.Errorf("entry %d: %v", index, err)
		}
		looked++
	}
	return looked, nil
}

// checkBeyond asks for what this tree does not have.
func checkBeyond(head *checkpoint, p pages) error {
	beyond := tlog.Tile{H: tileHeight, L: 0, N: head.N >> tileHeight, W: int(head.N%(1<<tileHeight)) + 1}
	path := strings.Replace(beyond.Path(), fmt.Sprintf("tile/%d/", tileHeight), "tile/", 1)
	if _, status, err := p.get(path, tilesType); err != nil || status != 404 {
		return fmt.Errorf("%s, which the signed tree does not have: status %d, %v", path, status, err)
	}
	return nil
}

// checkSeen holds each older checkpoint to this tree, and reads the partial tiles of its own size.
func checkSeen(t *trust, head *checkpoint, reader *tiles) (int, error) {
	files, err := filepath.Glob(filepath.Join(*seen, "*"))
	if err != nil {
		return 0, err
	}
	hashes := tlog.TileHashReader(head.Tree, reader)
	for _, path := range files {
		signed, err := os.ReadFile(path)
		if err != nil {
			return 0, err
		}
		old, err := t.open(signed)
		if err != nil {
			return 0, err
		}
		proof, err := tlog.ProveTree(head.N, old.N, hashes)
		if err != nil {
			return 0, err
		}
		if err := tlog.CheckTree(proof, head.N, head.Hash, old.N, old.Hash); err != nil {
			return 0, fmt.Errorf("%d entries do not extend %d: %v", head.N, old.N, err)
		}
		root, err := tlog.TreeHash(old.N, tlog.TileHashReader(old.Tree, reader))
		if err != nil || root != old.Hash {
			return 0, fmt.Errorf("the tiles of size %d: %v", old.N, err)
		}
	}
	if *seen == "" {
		return 0, nil
	}
	return len(files), os.WriteFile(filepath.Join(*seen, strconv.FormatInt(head.N, 10)), head.signed, 0o644)
}

// checkReceipt reads a C2SP tlog-proof whose extra data are salt and body of a Steelyard entry, and holds its checkpoint
// to the log as it is now.
func checkReceipt(t *trust, path string, reader *tiles, head *checkpoint) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	parts := strings.SplitN(string(text), "\n\n", 2)
	lines := strings.Split(parts[0], "\n")
	if len(parts) != 2 || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return fmt.Errorf("no tlog-proof")
	}
	extra, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil || len(extra) <= 16 {
		return fmt.Errorf("no extra data: %v", err)
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	old, err := t.open([]byte(parts[1]))
	if err != nil {
		return err
	}
	commitment := sha256.Sum256(append([]byte("steelyard/entry/v1\x00"), extra...))
	if err := tlog.CheckRecord(proof, old.N, old.Hash, index, tlog.RecordHash(commitment[:])); err != nil {
		return err
	}
	consistent, err := tlog.ProveTree(head.N, old.N, tlog.TileHashReader(head.Tree, reader))
	if err != nil {
		return err
	}
	return tlog.CheckTree(consistent, head.N, head.Hash, old.N, old.Hash)
}
