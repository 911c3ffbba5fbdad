// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/index"
	"github.com/prometheus/prometheus/tsdb/tombstones"
)

const unfinished = ".tmp-for-creation"

// openBlocks opens the blocks of a folder in the order of time, and clears away what a kill left: unfinished blocks, and
// those that another one was made of.
func openBlocks(dir string, log *slog.Logger) ([]*tsdb.Block, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []*tsdb.Block
	parents := map[ulid.ULID]bool{}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if strings.Contains(e.Name(), ".tmp") {
			if err := os.RemoveAll(path); err != nil {
				return nil, err
			}
			continue
		}
		if _, err := ulid.ParseStrict(e.Name()); err != nil {
			continue
		}
		b, err := tsdb.OpenBlock(log, path, nil, nil)
		if err != nil {
			return nil, errors.Join(err, closeBlocks(list))
		}
		list = append(list, b)
		for _, p := range b.Meta().Compaction.Parents {
			parents[p.ULID] = true
		}
	}
	var keep []*tsdb.Block
	for _, b := range list {
		if !parents[b.Meta().ULID] {
			keep = append(keep, b)
		} else if err := removeBlock(b); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(keep, func(a, b *tsdb.Block) int { return int((a.MinTime() - b.MinTime()) / 1000) })
	return keep, nil
}

func closeBlocks(list []*tsdb.Block) error {
	var err error
	for _, b := range list {
		err = errors.Join(err, b.Close())
	}
	return err
}

// removeBlock waits for who reads the block and removes it.
func removeBlock(b *tsdb.Block) error {
	return errors.Join(b.Close(), os.RemoveAll(b.Dir()))
}

// blockWriter writes one block, series by series in the order of their labels.
type blockWriter struct {
	dir, tmp string
	meta     tsdb.BlockMeta
	chunks   *chunks.Writer
	index    *index.Writer
	next     storage.SeriesRef
}

// newBlockWriter begins a block of [mint, maxt). symbols are all texts that its series may have, sorted.
func newBlockWriter(ctx context.Context, folder string, mint, maxt int64, symbols []string) (w *blockWriter, err error) {
	id, err := ulid.New(uint64(max(mint, 0)), rand.Reader)
	if err != nil {
		return nil, err
	}
	w = &blockWriter{dir: filepath.Join(folder, id.String())}
	w.tmp = w.dir + unfinished
	w.meta = tsdb.BlockMeta{ULID: id, MinTime: mint, MaxTime: maxt, Version: 1}
	w.meta.Compaction.Level = 1
	w.meta.Compaction.Sources = []ulid.ULID{id}
	if err := os.MkdirAll(w.tmp, 0o700); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			w.discard()
		}
	}()
	if w.chunks, err = chunks.NewWriter(filepath.Join(w.tmp, "chunks"), chunks.WithSegmentSize(segment)); err != nil {
		return nil, err
	}
	if w.index, err = index.NewWriter(ctx, filepath.Join(w.tmp, "index")); err != nil {
		return nil, err
	}
	for _, s := range symbols {
		if err := w.index.AddSymbol(s); err != nil {
			return nil, err
		}
	}
	return w, nil
}

const samplesPerChunk = 400

// add writes a series. Its points have to be in order; without any it is left out.
func (w *blockWriter) add(l Labels, points []Point) error {
	if len(points) == 0 {
		return nil
	}
	var list []chunks.Meta
	for part := range slices.Chunk(points, samplesPerChunk) {
		c := chunkenc.NewXORChunk()
		app, err := c.Appender()
		if err != nil {
			return err
		}
		for _, p := range part {
			app.Append(0, p.At, p.V)
		}
		c.Compact()
		list = append(list, chunks.Meta{Chunk: c, MinTime: part[0].At, MaxTime: part[len(part)-1].At})
	}
	if err := w.chunks.WriteChunks(list...); err != nil {
		return err
	}
	if err := w.index.AddSeries(w.next, l, list...); err != nil {
		return err
	}
	w.next++
	w.meta.Stats.NumSeries++
	w.meta.Stats.NumChunks += uint64(len(list))
	w.meta.Stats.NumSamples += uint64(len(points))
	w.meta.Stats.NumFloatSamples += uint64(len(points))
	return nil
}

// finish makes the block lasting and puts it in its place; "" means that it would have been empty.
func (w *blockWriter) finish() (dir string, err error) {
	defer func() {
		if err != nil || dir == "" {
			w.discard()
		}
	}()
	err = errors.Join(w.chunks.Close(), w.index.Close())
	w.chunks, w.index = nil, nil
	if err != nil || w.meta.Stats.NumSeries == 0 {
		return "", err
	}
	text, err := json.MarshalIndent(w.meta, "", "\t")
	if err != nil {
		return "", err
	}
	if err := writeFile(filepath.Join(w.tmp, "meta.json"), text); err != nil {
		return "", err
	}
	if _, err := tombstones.WriteFile(slog.New(slog.DiscardHandler), w.tmp, tombstones.NewMemTombstones()); err != nil {
		return "", err
	}
	if err := errors.Join(syncDir(filepath.Join(w.tmp, "chunks")), syncDir(w.tmp)); err != nil {
		return "", err
	}
	if err := os.Rename(w.tmp, w.dir); err != nil {
		return "", err
	}
	return w.dir, syncDir(filepath.Dir(w.dir))
}

// discard removes what was written.
func (w *blockWriter) discard() {
	if w.chunks != nil {
		_ = w.chunks.Close()
	}
	if w.index != nil {
		_ = w.index.Close()
	}
	_ = os.RemoveAll(w.tmp)
}
