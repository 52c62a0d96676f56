using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using PolicyMTA.Policy.Scripting.Contexts;

namespace PolicyMTA.Policy.Tests;

/// <summary><c>message.parts</c>.</summary>
public sealed class MessagePartsTests
{
    [Fact]
    public void Every_leaf_is_listed_with_what_it_says_and_what_it_is()
    {
        var inner = "Content-Type: application/pdf; name*=utf-8''gr%C3%BCn.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + Base64("%PDF-1.7 x"u8) + "\r\n";
        var parts = Read(Multipart(
            "Content-Type: text/plain\r\n\r\nhello\r\n",
            "Content-Type: IMAGE/PNG; name=\"photo.png\"\r\nContent-Disposition: attachment; filename=\"invoice.exe\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + Base64("MZ\u0090\0"u8) + "\r\n",
            "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n" + inner,
            "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=41=42\r\n"));
        Assert.Equal(
            [(null, "text/plain", null), ("invoice.exe", "image/png", "application/vnd.microsoft.portable-executable"), ("grün.pdf", "application/pdf", "application/pdf"), (null, "text/plain", null)],
            parts.Select(part => (part.FileName, part.Type, part.DetectedType)));
        Assert.Equal(2, parts[3].Size);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("AB"u8)), parts[3].Sha256);
        Assert.DoesNotContain(parts, part => part.IsEncrypted);
    }

    [Theory]
    [InlineData(0, 10, false)]
    [InlineData(1, 10, true)]
    [InlineData(1, 200_000, true)]
    [InlineData(2, 200_000, true)]
    public void Locked_archives_are_told_from_open_ones(int locked, int size, bool isEncrypted)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var name in new[] { "one.txt", "two.txt" })
            {
                using var entry = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(RandomNumberGenerator.GetBytes(size));
            }
        }
        var content = bytes.ToArray();
        // The flag of an entry in its own header and in the directory.
        if (locked > 0)
        {
            Lock(content, "PK\u0003\u0004"u8, 6, locked);
            Lock(content, "PK\u0001\u0002"u8, 8, locked);
        }
        Assert.Equal(("application/zip", isEncrypted), Look("application/octet-stream", content));
    }

    [Fact]
    public void Documents_and_messages_under_a_key_are_told()
    {
        Assert.Equal(("application/pdf", true), Look("application/pdf", [.. "%PDF-1.7\n"u8, .. new byte[200_000], .. "trailer << /Encrypt 5 0 R >>"u8]));
        Assert.Equal(("application/pdf", false), Look("application/pdf", [.. "%PDF-1.7\n"u8, .. new byte[200_000], .. "trailer << >>"u8]));
        Assert.Equal(("application/x-ole-storage", true), Look("application/msword", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, .. Encoding.Unicode.GetBytes("EncryptedPackage")]));
        Assert.Equal((null, true), Look("application/pkcs7-mime", [1, 2, 3]));
    }

    [Fact]
    public void Hash_and_size_are_those_of_the_whole_however_it_comes()
    {
        var random = new Random(1);
        var bytes = new byte[700_000];
        random.NextBytes(bytes);
        using var content = new PartContent();
        for (var at = 0; at < bytes.Length;)
        {
            var length = Math.Min(random.Next(1, 150_000), bytes.Length - at);
            content.Write(bytes.AsSpan(at, length));
            at += length;
        }
        var part = content.Finish(null, "x/y");
        Assert.Equal((bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes))), ((int)part.Size, part.Sha256));
    }

    [Theory]
    [InlineData(MessageParts.MostParts, true)]
    [InlineData(MessageParts.MostParts + 1, false)]
    public void Message_of_too_many_parts_is_no_list_of_the_first_ones(int count, bool isListed)
    {
        var message = Multipart([.. Enumerable.Repeat("\r\nx\r\n", count)]);
        if (isListed) Assert.Equal(count, Read(message).Count);
        else Assert.Throws<FormatException>(() => Read(message));
    }

    [Fact]
    public void Messages_within_messages_end_somewhere()
    {
        var message = new StringBuilder();
        for (var i = 0; i < 3000; i++) message.Append("Content-Type: message/rfc822\r\n\r\n");
        Assert.ThrowsAny<FormatException>(() => Read(message.ToString()));
    }

    [Fact]
    public void Noise_is_some_parts_or_a_mistake()
    {
        var random = new Random(7);
        string[] words = ["Content-Type: ", "multipart/mixed; boundary=a", "message/rfc822", "\r\n", "\r\n\r\n", "--a", "--a--", "\0", "=?utf-8?q?x?=", "base64", "Content-Transfer-Encoding: ", "name*0*=", "ä", "\n", "begin 644 x"];
        for (var round = 0; round < 2000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => words[random.Next(words.Length)]));
            try
            {
                Read(text);
            }
            catch (FormatException) { }
        }
    }

    [Fact]
    public async Task Policy_decides_by_attachments()
    {
        await using var bench = new Bench().Stage("end_of_data", "export default [({ message }) => { const bad = message.parts.find(p => p.filename?.endsWith('.exe') || p.encrypted); if (bad) return reject(`no ${bad.filename} (${bad.detected_type}, ${bad.size})`); }];");
        var message = new FakeMessage(Multipart("\r\nhello\r\n", "Content-Disposition: attachment; filename=a.exe\r\n\r\nMZ\r\n"));
        Assert.Equal("<END-OF-MESSAGE>: End-of-data rejected: no a.exe (application/vnd.microsoft.portable-executable, 2)", (await bench.EndOfDataAsync(message, "a@example.test")).Refusal?.Text);
    }

    private static (string? Detected, bool IsEncrypted) Look(string type, byte[] content)
    {
        var part = Assert.Single(Read($"Content-Type: {type}\r\nContent-Transfer-Encoding: base64\r\n\r\n{Base64(content)}\r\n"));
        return (part.DetectedType, part.IsEncrypted);
    }

    private static void Lock(byte[] content, ReadOnlySpan<byte> signature, int flags, int which)
    {
        var at = -1;
        for (var i = 0; i < which; i++) at = at + 1 + content.AsSpan(at + 1).IndexOf(signature);
        content[at + flags] |= 1;
    }

    private static string Multipart(params string[] parts) => "Content-Type: multipart/mixed; boundary=\"=b\"\r\n\r\n" + string.Concat(parts.Select(part => "--=b\r\n" + part)) + "--=b--\r\n";

    private static string Base64(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes, Base64FormattingOptions.InsertLineBreaks);

    private static IReadOnlyList<MessagePart> Read(string message)
    {
        using var stream = new MemoryStream(Encoding.Latin1.GetBytes(message));
        return MessageParts.Read(stream, CancellationToken.None);
    }
}
