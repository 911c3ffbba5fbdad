-- name: Devices :many
SELECT d.id, d.version, d.client_id, d.site_id, d.person_id, d.parent_id, d.name, d.hostname, d.kind, d.source, d.family, d.os, d.product, d.os_version, d.arch,
  d.vendor, d.model, d.serial, d.address, d.macs, d.machine, d.cpu, d.cores, d.memory, d.storage, d.last_user, d.agent, d.rhythm, d.tags, d.location, d.asset_tag,
  d.note, d.custom, d.warranty, d.bought, d.eol, d.reboot, d.dropped, d.copied_at, d.booted_at, d.enrolled_at, d.retired_at, d.replaced_by, d.made_at, d.changed_at
FROM devices_devices d WHERE d.changed_at >= $1 ORDER BY d.id;

-- name: Device :one
SELECT d.id, d.version, d.client_id, d.site_id, d.person_id, d.parent_id, d.name, d.hostname, d.kind, d.source, d.family, d.os, d.product, d.os_version, d.arch,
  d.vendor, d.model, d.serial, d.address, d.macs, d.machine, d.cpu, d.cores, d.memory, d.storage, d.last_user, d.agent, d.rhythm, d.tags, d.location, d.asset_tag,
  d.note, d.custom, d.warranty, d.bought, d.eol, d.reboot, d.dropped, d.copied_at, d.booted_at, d.enrolled_at, d.retired_at, d.replaced_by, d.made_at, d.changed_at
FROM devices_devices d WHERE d.id = $1;

-- name: Children :many
SELECT d.id, d.version, d.client_id, d.site_id, d.person_id, d.parent_id, d.name, d.hostname, d.kind, d.source, d.family, d.os, d.product, d.os_version, d.arch,
  d.vendor, d.model, d.serial, d.address, d.macs, d.machine, d.cpu, d.cores, d.memory, d.storage, d.last_user, d.agent, d.rhythm, d.tags, d.location, d.asset_tag,
  d.note, d.custom, d.warranty, d.bought, d.eol, d.reboot, d.dropped, d.copied_at, d.booted_at, d.enrolled_at, d.retired_at, d.replaced_by, d.made_at, d.changed_at
FROM devices_devices d WHERE d.parent_id = $1 ORDER BY d.id;

-- name: InsertDevice :exec
INSERT INTO devices_devices (id, client_id, site_id, person_id, parent_id, name, hostname, kind, source, family, os, product, os_version, arch, vendor, model, serial,
  address, macs, machine, cpu, cores, memory, storage, last_user, agent, rhythm, tags, location, asset_tag, note, custom, warranty, bought, eol, reboot, dropped, copied_at, booted_at,
  enrolled_at, retired_at, replaced_by, made_at, changed_at)
VALUES (@id, @client_id, @site_id, @person_id, @parent_id, @name, @hostname, @kind, @source, @family, @os, @product, @os_version, @arch, @vendor, @model, @serial,
  @address, @macs, @machine, @cpu, @cores, @memory, @storage, @last_user, @agent, @rhythm, @tags, @location, @asset_tag, @note, @custom, @warranty, @bought, @eol, @reboot, @dropped, @copied_at, @booted_at,
  @enrolled_at, @retired_at, @replaced_by, @made_at, @changed_at);

-- name: UpdateDevice :execrows
UPDATE devices_devices SET version = version + 1, client_id = @client_id, site_id = @site_id, person_id = @person_id, parent_id = @parent_id, name = @name, hostname = @hostname,
  kind = @kind, source = @source, family = @family, os = @os, product = @product, os_version = @os_version, arch = @arch, vendor = @vendor, model = @model, serial = @serial, address = @address,
  macs = @macs, machine = @machine, cpu = @cpu, cores = @cores, memory = @memory, storage = @storage, last_user = @last_user, agent = @agent, rhythm = @rhythm, tags = @tags, location = @location,
  asset_tag = @asset_tag, note = @note, custom = @custom, warranty = @warranty, bought = @bought, eol = @eol, reboot = @reboot, dropped = @dropped, copied_at = @copied_at, booted_at = @booted_at,
  enrolled_at = @enrolled_at, retired_at = @retired_at, replaced_by = @replaced_by, changed_at = @changed_at
WHERE id = @id AND version = @version;

-- name: Seen :many
SELECT device_id, seen_at FROM devices_seen;

-- name: PutSeen :exec
INSERT INTO devices_seen (device_id, seen_at) VALUES ($1, $2) ON CONFLICT (device_id) DO UPDATE SET seen_at = excluded.seen_at;

-- name: InsertToken :exec
INSERT INTO devices_tokens (id, client_id, site_id, kind, digest, note, most, expires_at, made_by, made_at) VALUES (@id, @client_id, @site_id, @kind, @digest, @note, @most, @expires_at, @made_by, @made_at);

-- name: Token :one
SELECT id, client_id, site_id, kind, digest, note, most, used, expires_at, revoked_at, made_by, made_at FROM devices_tokens WHERE id = $1;

-- name: Tokens :many
SELECT id, client_id, site_id, kind, digest, note, most, used, expires_at, revoked_at, made_by, made_at FROM devices_tokens WHERE client_id = $1 ORDER BY id DESC LIMIT 200;

-- name: UseToken :execrows
UPDATE devices_tokens SET used = used + 1 WHERE id = $1 AND revoked_at = 0 AND expires_at > $2 AND (most = 0 OR used < most);

-- name: RevokeToken :execrows
UPDATE devices_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at = 0;

-- name: InsertKey :exec
INSERT INTO devices_keys (public_key, device_id, client_id, token_id, issued_at) VALUES (@public_key, @device_id, @client_id, @token_id, @issued_at);

-- name: Key :one
SELECT public_key, device_id, client_id, token_id, issued_at, revoked_at, reason FROM devices_keys WHERE public_key = $1;

-- name: LiveKey :one
SELECT public_key, device_id, client_id, token_id, issued_at, revoked_at, reason FROM devices_keys WHERE device_id = $1 AND revoked_at = 0 ORDER BY issued_at DESC LIMIT 1;

-- name: RevokeKeys :execrows
UPDATE devices_keys SET revoked_at = @revoked_at, reason = @reason WHERE device_id = @device_id AND revoked_at = 0;

-- name: MoveKey :execrows
UPDATE devices_keys SET client_id = @client_id, issued_at = @issued_at WHERE public_key = @public_key AND revoked_at = 0;

-- name: LiveKeys :many
SELECT public_key, device_id, client_id FROM devices_keys WHERE revoked_at = 0 AND issued_at >= $1;

-- name: Revoked :many
SELECT public_key, device_id, client_id, revoked_at FROM devices_keys WHERE revoked_at <> 0 ORDER BY public_key;

-- name: RevokedOf :many
SELECT public_key, revoked_at FROM devices_keys WHERE client_id = $1 AND revoked_at <> 0;

-- name: KeyClients :many
SELECT DISTINCT client_id FROM devices_keys ORDER BY client_id;

-- name: Sections :many
SELECT device_id, section, hash, taken_at, packed, body, failed FROM devices_sections WHERE device_id = $1 ORDER BY section;

-- name: SectionOf :one
SELECT device_id, section, hash, taken_at, packed, body, failed FROM devices_sections WHERE device_id = $1 AND section = $2;

-- name: SectionHashes :many
SELECT section, hash FROM devices_sections WHERE device_id = $1;

-- name: PutSection :exec
INSERT INTO devices_sections (device_id, section, hash, taken_at, packed, body, failed) VALUES (@device_id, @section, @hash, @taken_at, @packed, @body, @failed)
ON CONFLICT (device_id, section) DO UPDATE SET hash = excluded.hash, taken_at = excluded.taken_at, packed = excluded.packed, body = excluded.body, failed = excluded.failed;

-- name: FailSection :exec
INSERT INTO devices_sections (device_id, section, hash, taken_at, failed) VALUES (@device_id, @section, '', @taken_at, @failed)
ON CONFLICT (device_id, section) DO UPDATE SET taken_at = excluded.taken_at, failed = excluded.failed;

-- name: InsertChange :exec
INSERT INTO devices_changes (id, device_id, client_id, at, section, what, item, before, after, author) VALUES (@id, @device_id, @client_id, @at, @section, @what, @item, @before, @after, @author);

-- name: Changes :many
SELECT id, device_id, client_id, at, section, what, item, before, after, author FROM devices_changes WHERE device_id = @device_id AND at >= @from_at AND at < @to_at ORDER BY at DESC, id DESC LIMIT @most;

-- name: ClientChanges :many
SELECT id, device_id, client_id, at, section, what, item, before, after, author FROM devices_changes WHERE client_id = @client_id AND at >= @from_at AND at < @to_at ORDER BY at DESC, id DESC LIMIT @most;

-- name: DeviceClients :many
SELECT DISTINCT client_id FROM devices_changes WHERE device_id = $1 ORDER BY client_id;

-- name: PackageID :one
SELECT id FROM devices_packages WHERE name_key = @name_key AND version = @version AND source = @source AND publisher = @publisher AND name = @name;

-- name: InsertPackage :exec
INSERT INTO devices_packages (id, name, name_key, version, source, publisher) VALUES (@id, @name, @name_key, @version, @source, @publisher) ON CONFLICT (name_key, version, source, publisher, name) DO NOTHING;

-- name: Install :exec
INSERT INTO devices_installed (device_id, package_id) VALUES ($1, $2) ON CONFLICT (device_id, package_id) DO NOTHING;

-- name: Uninstall :exec
DELETE FROM devices_installed WHERE device_id = $1 AND package_id = $2;

-- name: Groups :many
SELECT id, version, client_id, name, query, note, made_at FROM devices_groups ORDER BY client_id, name;

-- name: InsertGroup :exec
INSERT INTO devices_groups (id, client_id, name, query, note, made_at) VALUES (@id, @client_id, @name, @query, @note, @made_at);

-- name: UpdateGroup :execrows
UPDATE devices_groups SET version = version + 1, name = @name, query = @query, note = @note WHERE id = @id AND version = @version;

-- name: DeleteGroup :execrows
DELETE FROM devices_groups WHERE id = $1;

-- name: PutCount :exec
INSERT INTO devices_counts (client_id, query, day, number, members, made_at) VALUES (@client_id, @query, @day, @number, @members, @made_at)
ON CONFLICT (client_id, query, day) DO UPDATE SET number = excluded.number, members = excluded.members, made_at = excluded.made_at;

-- name: Counts :many
SELECT client_id, query, day, number, members, made_at FROM devices_counts WHERE client_id = @client_id AND query = @query AND day >= @from_day AND day <= @to_day ORDER BY day;

-- name: Dictionary :one
SELECT series, made_at FROM devices_dictionaries WHERE hash = $1;

-- name: PutDictionary :exec
INSERT INTO devices_dictionaries (hash, series, made_at) VALUES ($1, $2, $3) ON CONFLICT (hash) DO UPDATE SET made_at = excluded.made_at;

-- name: PruneDictionaries :exec
DELETE FROM devices_dictionaries WHERE made_at < @before_at;

-- name: DictionaryAge :one
SELECT made_at FROM devices_dictionaries ORDER BY made_at DESC LIMIT 1 OFFSET @number;

-- name: Releases :many
SELECT product, cycle, label, support, eol, link, taken_at, latest FROM devices_releases ORDER BY product, cycle;

-- name: ClearReleases :exec
DELETE FROM devices_releases;

-- name: ClearProduct :exec
DELETE FROM devices_releases WHERE product = $1;

-- name: InsertRelease :exec
INSERT INTO devices_releases (product, cycle, label, support, eol, link, taken_at, latest) VALUES (@product, @cycle, @label, @support, @eol, @link, @taken_at, @latest);

-- name: Fields :many
SELECT id, name, kind, choices, position FROM devices_fields ORDER BY position, id;

-- name: InsertField :exec
INSERT INTO devices_fields (id, name, kind, choices, position) VALUES (@id, @name, @kind, @choices, @position);

-- name: UpdateField :execrows
UPDATE devices_fields SET name = @name, choices = @choices, position = @position WHERE id = @id;

-- name: DeleteField :execrows
DELETE FROM devices_fields WHERE id = $1;

-- name: MergeDevices :exec
UPDATE devices_devices SET client_id = @into_id, changed_at = @changed_at, version = version + 1 WHERE client_id = @from_id;

-- name: MergeTokens :exec
UPDATE devices_tokens SET client_id = @into_id WHERE client_id = @from_id;

-- name: MergeChanges :exec
UPDATE devices_changes SET client_id = @into_id WHERE client_id = @from_id;

-- name: MergeGroups :exec
UPDATE devices_groups SET client_id = @into_id WHERE client_id = @from_id;

-- name: InstalledOn :many
SELECT p.id, p.name, p.name_key, p.version, p.source, p.publisher FROM devices_installed i JOIN devices_packages p ON p.id = i.package_id WHERE i.device_id = $1;

-- name: Alike :many
SELECT id, version FROM devices_devices WHERE (machine <> '' AND machine = @machine) OR (serial <> '' AND serial = @serial);
