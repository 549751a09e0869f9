//! Devices: the panels of classrooms, and the codes they are bound with. Of a token or code only the hash is kept.

use super::error::Fault;
use super::needs::{CLOSED_ROOM, check_open};
use super::row::Columns;
use super::transaction::{reading, writing};
use super::value::composed;
use super::{List, Store, StoreError, sql};
use sqlx::any::AnyRow;

/// A panel that is bound to a classroom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: String,
    /// The classroom it stands in.
    pub classroom: String,
    /// Its name on screen.
    pub name: String,
    /// The hash of its token, as the caller encodes it.
    pub token_hash: String,
    /// When it was bound, in milliseconds since 1970 (UTC).
    pub bound_ms: u64,
    /// Who bound it.
    pub bound_by: Option<String>,
    /// Since when its token lets nothing in.
    pub revoked_ms: Option<u64>,
    /// When it was there last.
    pub seen_ms: Option<u64>,
}

/// A code that a panel shows until somebody confirms it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCode {
    /// Its id.
    pub id: String,
    /// The hash of what the panel shows.
    pub code_hash: String,
    /// The hash of what the panel asks with whether it was confirmed.
    pub poll_hash: String,
    /// Until when, in milliseconds since 1970 (UTC).
    pub expires_ms: u64,
    /// The device it became.
    pub confirmed_device: Option<String>,
    /// How often somebody tried to confirm it.
    pub tries: u32,
}

fn device(row: &AnyRow) -> Result<Device, Fault> {
    Ok(Device {
        id: row.text("id")?,
        classroom: row.text("classroom_id")?,
        name: row.text("name")?,
        token_hash: row.text("token_hash")?,
        bound_ms: row.count("bound_ms")?,
        bound_by: row.text_or_none("bound_by")?,
        revoked_ms: row.count_or_none("revoked_ms")?,
        seen_ms: row.count_or_none("seen_ms")?,
    })
}

fn code(row: &AnyRow) -> Result<DeviceCode, Fault> {
    Ok(DeviceCode {
        id: row.text("id")?,
        code_hash: row.text("code_hash")?,
        poll_hash: row.text("poll_hash")?,
        expires_ms: row.count("expires_ms")?,
        confirmed_device: row.text_or_none("confirmed_device")?,
        tries: row.small("tries")?,
    })
}

const INSERT: &str = "INSERT INTO devices (id, classroom_id, name, token_hash, bound_ms, bound_by) VALUES ($1, $2, $3, $4, $5, $6)";

impl Store {
    /// Binds a device.
    ///
    /// # Errors
    /// [`StoreError::Closed`], [`StoreError::Reference`] where the classroom is not in the register, [`StoreError::Database`] also where the id or token is taken.
    pub async fn bind_device(&self, device: &Device) -> Result<(), StoreError> {
        super::kept::check_name("name of a device", &device.name)?;
        writing!(self, |db| {
            check_open(db, Vec::new(), vec![device.classroom.clone()]).await?;
            let query = sqlx::query(INSERT).bind(&device.id).bind(&device.classroom).bind(&device.name).bind(&device.token_hash);
            Ok(query.bind(sql(device.bound_ms)).bind(&device.bound_by).execute(db).await.map(drop)?)
        })
    }

    /// The device of a token that is not revoked, and whose classroom is not closed.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn device_by_token(&self, token_hash: &str) -> Result<Option<Device>, StoreError> {
        let text = format!(
            "SELECT id, classroom_id, name, token_hash, bound_ms, bound_by, revoked_ms, seen_ms FROM devices \
             WHERE token_hash = $1 AND revoked_ms IS NULL AND NOT EXISTS (SELECT 1 FROM classrooms WHERE id = devices.classroom_id AND {CLOSED_ROOM})"
        );
        reading!(self, |db| sqlx::query(composed(text)).bind(token_hash).fetch_optional(db).await?.as_ref().map(device).transpose())
    }

    /// A device, also a revoked one.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn device(&self, id: &str) -> Result<Option<Device>, StoreError> {
        let text = "SELECT id, classroom_id, name, token_hash, bound_ms, bound_by, revoked_ms, seen_ms FROM devices WHERE id = $1";
        reading!(self, |db| sqlx::query(text).bind(id).fetch_optional(db).await?.as_ref().map(device).transpose())
    }

    /// A page of devices; [`List::of`] a classroom, [`List::closed`] also revoked ones.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn devices(&self, list: &List<'_>) -> Result<Vec<Device>, StoreError> {
        let text = "SELECT id, classroom_id, name, token_hash, bound_ms, bound_by, revoked_ms, seen_ms FROM devices \
                    WHERE id > $1 AND ($2 = '' OR classroom_id = $2) AND ($3 = 1 OR revoked_ms IS NULL) ORDER BY id LIMIT $4";
        reading!(self, |db| {
            let query = sqlx::query(text).bind(list.after.unwrap_or_default()).bind(list.of.unwrap_or_default());
            let query = query.bind(i64::from(list.closed)).bind(i64::from(list.limit.clamp(1, 1_000)));
            query.fetch_all(db).await?.iter().map(device).collect()
        })
    }

    /// Lets a device's token in no more.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Database`].
    pub async fn revoke_device(&self, id: &str, now_ms: u64) -> Result<(), StoreError> {
        let text = "UPDATE devices SET revoked_ms = COALESCE(revoked_ms, $2) WHERE id = $1";
        writing!(self, |db| match sqlx::query(text).bind(id).bind(sql(now_ms)).execute(db).await?.rows_affected() {
            0 => Err(StoreError::Missing { thing: "device", id: id.to_owned() }.into()),
            _ => Ok(()),
        })
    }

    /// Notes that a device is there.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn touch_device(&self, id: &str, now_ms: u64) -> Result<(), StoreError> {
        let text = "UPDATE devices SET seen_ms = $2 WHERE id = $1";
        writing!(self, |db| Ok(sqlx::query(text).bind(id).bind(sql(now_ms)).execute(db).await.map(drop)?))
    }

    /// Makes a code, unless `most` wait already: whether it was made.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn create_device_code(&self, code: &DeviceCode, most: u32, now_ms: u64) -> Result<bool, StoreError> {
        let text = "INSERT INTO device_codes (id, code_hash, poll_hash, expires_ms) VALUES ($1, $2, $3, $4)";
        writing!(self, |db| {
            let waiting = sqlx::query("SELECT COUNT(*) AS waiting FROM device_codes WHERE expires_ms > $1").bind(sql(now_ms));
            if waiting.fetch_one(&mut *db).await?.count("waiting")? >= u64::from(most) {
                return Ok(false);
            }
            let query = sqlx::query(text).bind(&code.id).bind(&code.code_hash).bind(&code.poll_hash).bind(sql(code.expires_ms));
            query.execute(db).await?;
            Ok(true)
        })
    }

    /// The code that a panel asks about.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn device_code_by_poll(&self, poll_hash: &str, now_ms: u64) -> Result<Option<DeviceCode>, StoreError> {
        let text = "SELECT id, code_hash, poll_hash, expires_ms, confirmed_device, tries FROM device_codes WHERE poll_hash = $1 \
                    AND (expires_ms > $2 OR confirmed_device IS NOT NULL)";
        reading!(self, |db| sqlx::query(text).bind(poll_hash).bind(sql(now_ms)).fetch_optional(db).await?.as_ref().map(code).transpose())
    }

    /// Confirms a code: binds the device and returns the code's id; none where no code waits that has this hash. The token that the panel asked with
    /// becomes the device's, whatever `device` says.
    ///
    /// # Errors
    /// As [`Store::bind_device`].
    pub async fn confirm_device_code(&self, code_hash: &str, device: &Device, now_ms: u64) -> Result<Option<String>, StoreError> {
        super::kept::check_name("name of a device", &device.name)?;
        let take = "UPDATE device_codes SET tries = tries + 1 WHERE code_hash = $1 AND expires_ms > $2 AND confirmed_device IS NULL";
        writing!(self, |db| {
            if sqlx::query(take).bind(code_hash).bind(sql(now_ms)).execute(&mut *db).await?.rows_affected() == 0 {
                return Ok(None);
            }
            check_open(db, Vec::new(), vec![device.classroom.clone()]).await?;
            // The token that the panel asked with becomes the device's: only the panel knows it.
            let poll_hash =
                sqlx::query("SELECT poll_hash FROM device_codes WHERE code_hash = $1").bind(code_hash).fetch_one(&mut *db).await?.text("poll_hash")?;
            let query = sqlx::query(INSERT).bind(&device.id).bind(&device.classroom).bind(&device.name).bind(poll_hash);
            query.bind(sql(device.bound_ms)).bind(&device.bound_by).execute(&mut *db).await?;
            let set = "UPDATE device_codes SET confirmed_device = $2 WHERE code_hash = $1";
            sqlx::query(set).bind(code_hash).bind(&device.id).execute(&mut *db).await?;
            Ok(Some(sqlx::query("SELECT id FROM device_codes WHERE code_hash = $1").bind(code_hash).fetch_one(db).await?.text("id")?))
        })
    }
}
