const main = () => "loaded";
export { main };
