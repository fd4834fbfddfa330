// A client of C2SP tlog-witness: brings a checkpoint with Go's own consistency proofs, and one that must not be cosigned.
package main

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type answer struct {
	status int
	kind   string
	body   string
}

func addCheckpoint(prefix string, old int64, proof tlog.TreeProof, signed []byte) (*answer, error) {
	body := fmt.Sprintf("old %d\n", old)
	for _, hash := range proof {
		body += hash.String() + "\n"
	}
	said, err := http.Post(strings.TrimSuffix(prefix, "/")+"/add-checkpoint", "", strings.NewReader(body+"\n"+string(signed)))
	if err != nil {
		return nil, err
	}
	defer said.Body.Close()
	text, err := io.ReadAll(said.Body)
	return &answer{said.StatusCode, said.Header.Get("Content-Type"), string(text)}, err
}

func bringTo(prefix, vkey string, head *checkpoint, reader *tiles) error {
	signed := head.signed
	own, err := newCosigner(vkey)
	if err != nil {
		return err
	}
	// Whoever knows no size asks with none, and is told.
	said, err := addCheckpoint(prefix, 0, nil, signed)
	if err != nil {
		return err
	}
	old := int64(0)
	if said.status == 409 {
		if said.kind != "text/x.tlog.size" || !strings.HasSuffix(said.body, "\n") {
			return fmt.Errorf("409 with %q of type %q", said.body, said.kind)
		}
		if old, err = strconv.ParseInt(strings.TrimSuffix(said.body, "\n"), 10, 64); err != nil {
			return err
		}
		var proof tlog.TreeProof
		if old > 0 && old < head.N {
			if proof, err = tlog.ProveTree(head.N, old, tlog.TileHashReader(head.Tree, reader)); err != nil {
				return err
			}
		}
		if said, err = addCheckpoint(prefix, old, proof, signed); err != nil {
			return err
		}
	}
	if said.status != 200 {
		return fmt.Errorf("status %d: %s", said.status, said.body)
	}
	cosigned, err := note.Open([]byte(head.text+"\n"+said.body), note.VerifierList(own))
	if err != nil || len(cosigned.Sigs) != 1 {
		return fmt.Errorf("its answer: %v: %q", err, said.body)
	}
	for name, wrong := range map[string]struct {
		old    int64
		proof  tlog.TreeProof
		signed string
		status int
	}{
		"an unknown log":     {head.N, nil, strings.Replace(string(signed), head.text[:strings.Index(head.text, "\n")], "other.example", 1), 404},
		"a changed size":     {head.N, nil, strings.Replace(string(signed), fmt.Sprintf("\n%d\n", head.N), fmt.Sprintf("\n%d\n", head.N+1), 1), 403},
		"an old size beyond": {head.N + 1, nil, string(signed), 400},
		"another old size":   {head.N - 1, nil, string(signed), 409},
		"a proof of nothing": {head.N, tlog.TreeProof{tlog.Hash{}}, string(signed), 422},
		"no checkpoint":      {head.N, nil, "x\n", 400},
	} {
		said, err := addCheckpoint(prefix, wrong.old, wrong.proof, []byte(wrong.signed))
		if err != nil {
			return err
		}
		if said.status != wrong.status {
			return fmt.Errorf("%s: status %d, not %d: %s", name, said.status, wrong.status, said.body)
		}
	}
	fmt.Printf("cosigned %d entries after %d\n", head.N, old)
	return nil
}
