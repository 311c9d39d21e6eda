//! Events that functions publish.

use crate::support::{function_with, start, start_with};

#[tokio::test]
async fn functions_publish_to_the_address_they_name() {
    let bus = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = bus.local_addr().unwrap();
    let running =
        start_with(|options| options.publisher = Some(format!("http://{address}/p"))).await;
    running.deploy("f", "publish").await;
    let asked = running.call("POST", "/default/f", "", b"{\"id\":\"1\"}");
    let taken = async {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (mut stream, _) = bus.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"{\"id\":\"1\"}") {
            stream.read_buf(&mut request).await.unwrap();
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        String::from_utf8(request).unwrap()
    };
    let (answer, request) = tokio::join!(asked, taken);
    assert_eq!(answer.text(), "204");
    assert!(request.starts_with("POST /p HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("content-type: application/cloudevents+json"), "{request}");
}

#[tokio::test]
async fn publishing_to_no_address_says_so() {
    let running = start().await;
    let env = "  env:\n  - {name: PUBLISHER_PROXY_ADDRESS, value: 'ftp://bus.example'}\n";
    running.apply(&function_with("f", "publish", env)).await;
    let text = running.call("POST", "/default/f", "", b"{}").await.text();
    assert!(text.starts_with("502 ftp://bus.example is no http:// or https:// URL"), "{text}");
}
