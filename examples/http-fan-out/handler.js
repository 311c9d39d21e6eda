async (subject, payload) => {
  const urls = JSON.parse(new TextDecoder().decode(payload));
  const fetch = (url) => hostServices.async.http.get(url).then(({ status }) => status, (error) => error.message);
  return Promise.all(urls.map(fetch));
};
