//! The dashboard's TLS pair.

use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Why there is no pair.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file holds no PEM of the kind that is wanted.
    #[error("{path}: no usable PEM {wanted} in it", path = path.display())]
    Pem {
        /// Which.
        path: PathBuf,
        /// `certificate` or `private key`.
        wanted: &'static str,
    },
    /// Certificate and key do not go together, or are of a kind that rustls does not take.
    #[error("the dashboard's certificate and key cannot be used together: {0}")]
    Pair(#[from] rustls::Error),
}

/// Reads the pair. TLS 1.2 and 1.3, HTTP/1.1.
///
/// # Errors
/// [`TlsError`], naming the file.
pub fn load(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let none = |path: &Path, wanted| TlsError::Pem {
        path: path.to_owned(),
        wanted,
    };
    let pem = bytes(certificate)?;
    let chain: Option<Vec<_>> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .ok();
    let chain = chain.filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| none(certificate, "certificate"))?;
    let secret = PrivateKeyDer::from_pem_slice(&bytes(key)?);
    let secret = secret.map_err(|_| none(key, "private key"))?;
    // The provider is named rather than taken from the process: another crate may bring a second one.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, secret)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let read = std::fs::read(path).map(Zeroizing::new);
    read.map_err(|source| TlsError::File {
        path: path.to_owned(),
        source,
    })
}
