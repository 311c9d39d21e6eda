export const main = async (event, context) => "loaded";
