using System.Text;
using Microsoft.AspNetCore.Http;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>An answer as it is kept with the session.</summary>
public sealed class RecordedResponseTests
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("{\"count\":1}");

    [Fact]
    public void What_is_written_is_read_but_for_what_belongs_to_one_connection()
    {
        HttpResponse response = Response();
        response.Headers.Append("X-Own", "ä");
        response.Headers.Append("X-Own", new string('x', 300));
        response.Headers.SetCookie = new(["a=1", "b=2"]);
        response.Headers.Location = "/there";
        response.Headers.Connection = "close";
        response.Headers.TransferEncoding = "chunked";
        response.Headers.ContentLength = 5;
        response.Headers.Date = "today";
        response.Headers["Session-Route"] = "node1.node2";

        RecordedResponse? read = RecordedResponse.Decode(RecordedResponse.Encode(response, Body, 1024));

        Assert.NotNull(read);
        Assert.Equal(StatusCodes.Status202Accepted, read.Value.Status);
        Assert.Equal(
            [
                ("Content-Type", "application/json; charset=utf-8"), ("X-Own", "ä"), ("X-Own", new string('x', 300)),
                ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Location", "/there"),
            ],
            read.Value.Headers.Select(static header => (header.Key, header.Value)));
        Assert.Equal(Body, read.Value.Body.ToArray());
    }

    [Fact]
    public void A_usual_answer_costs_four_bytes_more_than_its_body() =>
        Assert.Equal(Body.Length + 4, RecordedResponse.Encode(Response(), Body, 1024).Length);

    [Fact]
    public void Head_and_body_together_are_bounded()
    {
        Assert.NotEmpty(RecordedResponse.Encode(Response(), Body, Body.Length + 4));
        Assert.Empty(RecordedResponse.Encode(Response(), Body, Body.Length + 3));
        Assert.Null(RecordedResponse.Decode(ReadOnlyMemory<byte>.Empty));
    }

    [Fact]
    public void A_head_that_is_cut_off_or_unknown_is_no_answer()
    {
        HttpResponse response = Response();
        response.Headers["X-Own"] = "value";
        byte[] whole = RecordedResponse.Encode(response, [], 1024);
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.Null(RecordedResponse.Decode(whole.AsMemory(0, length)));
        }

        Assert.Null(RecordedResponse.Decode(new byte[] { 200, 0, 1, 63 }));
        Assert.Null(RecordedResponse.Decode(new byte[] { 200, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF }));
    }

    private static HttpResponse Response()
    {
        HttpResponse response = new DefaultHttpContext().Response;
        response.StatusCode = StatusCodes.Status202Accepted;
        response.ContentType = "application/json; charset=utf-8";
        return response;
    }
}
