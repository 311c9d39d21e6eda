export { add as plus } from "./add.mjs";
export default "default";
