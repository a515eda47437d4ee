/** What is wrong in a Parquet file: the message is the reason, without the file's name. */
export class ParquetFault extends Error {
  override readonly name = "ParquetFault";
}
