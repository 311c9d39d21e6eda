export default { main: (event, context) => "loaded" };
