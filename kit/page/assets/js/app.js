// SPDX-License-Identifier: Apache-2.0
// Behaviours that the server cannot render. Each module listens on the document, so that
// parts swapped in later work as well, and each page works without them.
import "./theme.js";
import "./palette.js";
import "./rows.js";
import "./dialogs.js";
import "./forms.js";
import "./drop.js";
import "./passkey.js";
import "./progress.js";
import "./tips.js";
import "./upload.js";
import "./journey.js";
import "./live.js";
import "./more.js";
import "./desk.js";
import "./dispatch.js";
import "./worklog.js";
import "./catalogue.js";
import "./quotes.js";
import "./bell.js";
import "./find.js";
import "./knowledge.js";
import "./agreements.js";
import "./monitoring.js";
import "./charts.js";
import "./push.js";
