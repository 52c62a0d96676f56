using System.Net;
using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using PolicyMTA.Filters.Dkim;
using PolicyMTA.Filters.Dkim.Signing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Microbenchmarks;

/// <summary>DKIM of a message of 4 KB with a key of 2048 bits, and canonicalization of a megabyte of text.</summary>
[MemoryDiagnoser]
public class DkimBenchmarks : IDnsResolver
{
    private readonly SigningKey _key = SigningKey.Parse(RSA.Create(2048).ExportPkcs8PrivateKeyPem());
    private readonly SigningStyle _style = new();
    private readonly byte[] _hash = new byte[32];
    private readonly byte[] _text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("It is a long established fact that a reader will look at the words of a page,\r\n", 13_000)));
    private byte[] _message = [];
    private RawHeader _header = null!;
    private string _record = "";

    [GlobalSetup]
    public void SetUp()
    {
        _record = $"v=DKIM1; p={_key.PublicKey()}";
        var unsigned = Encoding.ASCII.GetBytes("From: alice@example.test\r\nTo: bob@elsewhere.test\r\nSubject: hello\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@example.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n" + Encoding.ASCII.GetString(_text, 0, 3900) + "\r\n");
        _header = RawHeader.Parse(unsigned);
        _message = [.. RawField.Of("DKIM-Signature", Sign()).Bytes.Span, .. unsigned];
    }

    [Benchmark]
    public string Sign()
    {
        using var body = new BodyHash(_style.IsBodyRelaxed, HashAlgorithmName.SHA256);
        if (_message.Length > 0) body.Write(_message.AsSpan(RawHeader.Parse(_message).BodyStart));
        else body.Write(Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(_text, 0, 3900) + "\r\n"));
        return DkimSigner.Sign(_header.Fields, body.Finish(), new SignatureRequest("example.test", "x", null, _key), _style, DateTimeOffset.UnixEpoch);
    }

    [Benchmark]
    public byte[] Rsa_alone() => _key.Sign(_hash);

    [Benchmark]
    public async Task<string> Verify()
    {
        var header = RawHeader.Parse(_message);
        using var verifier = new DkimVerifier(header, new DkimRules(), TimeProvider.System);
        verifier.WriteBody(_message.AsSpan(header.BodyStart));
        return (await verifier.FinishAsync(this, default))[0].Word is "pass" ? "pass" : throw new InvalidOperationException("it does not verify");
    }

    [Benchmark]
    public byte[] Simple_megabyte() => Hash(isRelaxed: false);

    [Benchmark]
    public byte[] Relaxed_megabyte() => Hash(isRelaxed: true);

    [Benchmark]
    public byte[] Sha256_megabyte() => SHA256.HashData(_text);

    public ValueTask<DnsAnswer<string>> FindTxtAsync(string name, CancellationToken cancellationToken) => new(new DnsAnswer<string>(DnsStatus.Found, [_record]));

    public ValueTask<DnsAnswer<IPAddress>> FindIpv4Async(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<IPAddress>> FindIpv6Async(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<MxRecord>> FindMxAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<string>> FindNsAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<string>> FindPtrAsync(IPAddress address, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<TlsaRecord>> FindTlsaAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    private byte[] Hash(bool isRelaxed)
    {
        using var body = new BodyHash(isRelaxed, HashAlgorithmName.SHA256);
        for (var at = 0; at < _text.Length; at += 65_536) body.Write(_text.AsSpan(at, Math.Min(65_536, _text.Length - at)));
        return body.Finish();
    }
}
