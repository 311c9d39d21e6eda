-- wrk: posts a binary CloudEvent with a small JSON body.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["ce-id"] = "6f1c0e6e-6b0a-4f5e-9d43-0d1c6a1c3a11"
wrk.headers["ce-type"] = "sap.kyma.custom.shop.order.created.v1"
wrk.headers["ce-source"] = "/shop/orders"
wrk.headers["ce-specversion"] = "1.0"
wrk.headers["ce-time"] = "2026-01-01T12:00:00Z"
wrk.body = '{"order":"A-1001","customer":{"name":"Ada","city":"London"},"items":[{"sku":"x1","count":2,"price":9.5},{"sku":"y2","count":1,"price":24.0}]}'
