// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"context"
	"errors"
	"testing"
	"time"

	"mainstay/kit/wire"
)

// A file system that never answers costs the inventory its volumes and nothing else, and is not asked again while it is silent.
func TestAFileSystemThatHangs(t *testing.T) {
	var f Facts
	hold, begun := make(chan struct{}), make(chan struct{}, 9)
	read := func(context.Context) ([]wire.Volume, error) {
		begun <- struct{}{}
		<-hold
		return []wire.Volume{{Mount: "/"}}, nil
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for range 3 {
		if _, err := f.volumes(ctx, read); !errors.Is(err, errNoVolumes) {
			t.Fatal(err)
		}
	}
	if _, err := f.Read(t.Context(), wire.SectionVolumes); !errors.Is(err, errNoVolumes) {
		t.Fatal(err)
	}
	if _, err := f.Read(t.Context(), wire.SectionSystem); err != nil {
		t.Fatal(err)
	}
	<-begun
	if len(begun) != 0 {
		t.Errorf("it was asked another %d times", len(begun))
	}
	close(hold)
	for t.Context().Err() == nil {
		if all, err := f.volumes(t.Context(), read); err == nil && len(all) == 1 && all[0].Mount == "/" {
			break
		}
		time.Sleep(time.Millisecond) // until the one that hung has ended
	}
	if _, err := f.volumes(t.Context(), func(context.Context) ([]wire.Volume, error) { panic("odd") }); err == nil {
		t.Error("a part that panics is no error")
	}
}
