export const value = await test.sleep(7);
