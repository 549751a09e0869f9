//! Whom this machine trusts when it is the one that asks: its authorities, for TLS towards other servers.

use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

/// The authorities that the machine trusts; what cannot be read of them is left out.
///
/// # Errors
/// The thread that reads them was lost.
pub(crate) async fn machine() -> Result<RootCertStore, String> {
    let found = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await.map_err(|error| error.to_string())?;
    for error in &found.errors {
        tracing::warn!(%error, "a certificate of the machine's authorities could not be read");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    Ok(roots)
}

/// TLS that trusts these authorities.
///
/// # Errors
/// The cryptography has no version of TLS in common with us.
pub(crate) fn client(roots: RootCertStore) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}
