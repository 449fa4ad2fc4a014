//! A plain HTTP client and what it reads.

use serde_json::Value;

/// A client for plain HTTP on this machine.
pub fn http() -> reqwest::Client {
    // reqwest wants a TLS provider even where nothing is encrypted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .pool_max_idle_per_host(256)
        .timeout(std::time::Duration::from_secs(60))
        .build()
        .expect("a client")
}

/// Status and JSON body of an answer.
pub async fn answer(request: reqwest::RequestBuilder) -> Result<(u16, Value), reqwest::Error> {
    let response = request.send().await?;
    let status = response.status().as_u16();
    let text = response.text().await?;
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
}
