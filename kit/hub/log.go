// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"fmt"
	"log/slog"
)

// natsLog writes the broker's log into ours. What an agent did wrong is for debugging: it must not fill the log.
type natsLog struct{ log *slog.Logger }

func (l natsLog) Noticef(format string, v ...any) {
	l.log.Debug("broker: " + fmt.Sprintf(format, v...))
}

func (l natsLog) Warnf(format string, v ...any) { l.log.Debug("broker: " + fmt.Sprintf(format, v...)) }

func (l natsLog) Fatalf(format string, v ...any) { l.log.Error("broker: " + fmt.Sprintf(format, v...)) }

func (l natsLog) Errorf(format string, v ...any) { l.log.Debug("broker: " + fmt.Sprintf(format, v...)) }

func (l natsLog) Debugf(format string, v ...any) { l.log.Debug("broker: " + fmt.Sprintf(format, v...)) }

func (l natsLog) Tracef(format string, v ...any) { l.log.Debug("broker: " + fmt.Sprintf(format, v...)) }
