export default { ['ma' + 'in']: () => 1 };
